import { jsons, texts, values } from '../postgres/columns.ts';
import type { Fragment, Sql, TransactionSql } from '../postgres/database.ts';
import { activeTraceparent } from '../tracing/spans.ts';

/** An event about to be written into the outbox. `id` is a UUID, `key` any text: the aggregate's id. */
export interface NewEvent {
  id: string;
  type: string;
  key: string;
  data: unknown;
}

/**
 * The events as a row source `event (event_id, type, key, data, traceparent, position)`, for the FROM of an insert
 * into outbox, in the statement that makes the change:
 *
 *     with saved as (update … returning id), published as (
 *       insert into outbox (event_id, type, key, data, traceparent)
 *       select event_id, type, key, data, traceparent from ${eventRows(sql, events)}
 *       where key in (select id::text from saved) order by position)
 *     select … from saved
 *
 * Only rows of `saved` may publish, so that an event takes its number while its row is locked. `traceparent`
 * is the trace that the caller is in: the event's way to its consumers belongs to it.
 */
export const eventRows = (sql: Sql | TransactionSql, events: readonly NewEvent[]): Fragment =>
  sql`(
    select event_id, type, key, data, ${activeTraceparent()}::text as traceparent, position
    from unnest(
      ${values(events.map(({ id }) => id))}::text::uuid[], ${texts(events.map(({ type }) => type))}::text::text[],
      ${texts(events.map(({ key }) => key))}::text::text[], ${jsons(events.map(({ data }) => data))}::text::json[]
    ) with ordinality as event (event_id, type, key, data, position)
  ) as event`;
