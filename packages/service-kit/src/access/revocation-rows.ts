import type { sessionUpdates } from '@souk/contracts/session-updates.ts';
import type { Fragment, Sql, TransactionSql } from '../postgres/database.ts';
import { activeTraceparent } from '../tracing/spans.ts';

const type: keyof (typeof sessionUpdates)['events'] = 'session.revoked.v1';

/**
 * The statement that puts `session.revoked.v1` into the outbox for every row `(subject, session_id)` of the statement
 * `revoked`, which goes before it in the same WITH:
 *
 *     with revoked as (delete from sessions … returning user_id as subject, id as session_id),
 *     told as (${revocationRows(sql, now)})
 *     select …
 */
export const revocationRows = (sql: Sql | TransactionSql, revokedAt: Date): Fragment => sql`
  insert into outbox (event_id, type, key, data, traceparent)
  select uuidv7(), ${type}::text, subject::text, json_build_object(
    'subject', subject, 'session_id', session_id, 'revoked_at', ${revokedAt.toISOString()}::text
  ), ${activeTraceparent()}::text
  from revoked`;
