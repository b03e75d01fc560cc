import type { Database, Fragment, Sql, TransactionSql } from '../postgres/database.ts';
import { maintainDayPartitions } from '../postgres/day-partitions.ts';
import { type Actor, currentActor } from './actor.ts';

/** A row of the audit. */
export interface AuditRow extends Actor {
  id: string;
  at: Date;
  /** The id of what it was done to. */
  object: string;
  outcome: 'allowed' | 'refused';
}

/**
 * The statement that writes down who does this, for every id that `objects` selects as text, next to the change itself
 * in the same WITH:
 *
 *     with changed as (update … returning id), audited as (${auditRows(sql, sql`select id::text from changed`)})
 *     select …
 *
 * Nothing is written for what no request asks for, such as what comes over Kafka, unless it is done below `actAs`.
 */
export const auditRows = (sql: Sql | TransactionSql, objects: Fragment): Fragment => {
  const actor = currentActor();
  if (!actor) return sql`select`;
  return sql`
    insert into audit (subject, action, object, outcome, network)
    select ${actor.subject}::text, ${actor.action}::text, object, 'allowed', ${actor.network}::text
    from (${objects}) as changed (object)`;
};

/** Writes down that what the request asks for is refused, about what `object` is the id of. */
export const auditRefusal = async (db: Database, object: string): Promise<void> => {
  const actor = currentActor();
  if (actor) await insertRefusal(db, actor, object);
};

export const insertRefusal = async (
  db: Database,
  { subject, action, network }: Actor,
  object: string,
): Promise<void> => {
  await db.save(
    'audit_refusal',
    (sql) => sql`
      insert into audit (subject, action, object, outcome, network)
      values (${subject}, ${action}, ${object}, 'refused', ${network})`,
  );
};

export interface AuditFilter {
  subject?: string | undefined;
  action?: string | undefined;
  object?: string | undefined;
  outcome?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  limit: number;
  after?: { at: Date; id: string } | undefined;
}

/** The rows of a page and one more, newest first. */
export const listAudit = (db: Database, { limit, after, ...filter }: AuditFilter): Promise<AuditRow[]> =>
  db.getAll('list_audit', (sql) => {
    const { subject, action, object, outcome, from, to } = filter;
    return sql<AuditRow[]>`
      select id, created_at as at, subject, action, object, outcome, network from audit
      where true
        ${subject === undefined ? sql`` : sql`and subject = ${subject}`}
        ${action === undefined ? sql`` : sql`and action = ${action}`}
        ${object === undefined ? sql`` : sql`and object = ${object}`}
        ${outcome === undefined ? sql`` : sql`and outcome = ${outcome}`}
        ${from === undefined ? sql`` : sql`and created_at >= ${from}`}
        ${to === undefined ? sql`` : sql`and created_at < ${to}`}
        ${after === undefined ? sql`` : sql`and (created_at, id) < (${after.at}, ${after.id})`}
      order by created_at desc, id desc limit ${limit + 1}`;
  });

/** Keeps one partition per day, and drops what is older than the retention. */
export const maintainAudit = (
  sql: Sql,
  { now, retentionDays }: { now: Date; retentionDays: number },
): Promise<void> => maintainDayPartitions(sql, { table: 'audit', retentionDays }, now);
