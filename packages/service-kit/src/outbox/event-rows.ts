import type { Fragment, Sql, TransactionSql } from '../postgres/database.ts';

/** An event about to be written into the outbox. `id` and `key` are UUIDs; `key` is the aggregate's id. */
export interface NewEvent {
  id: string;
  type: string;
  key: string;
  data: unknown;
}

/**
 * The events as a row source `event (event_id, type, key, data, position)`, for the FROM of an insert
 * into outbox, in the statement that makes the change:
 *
 *     with saved as (update … returning id), published as (
 *       insert into outbox (event_id, type, key, data)
 *       select event_id, type, key, data from ${eventRows(sql, events)}
 *       where key in (select id from saved) order by position)
 *     select … from saved
 *
 * Only rows of `saved` may publish, so that an event takes its number while its row is locked.
 */
export const eventRows = (sql: Sql | TransactionSql, events: readonly NewEvent[]): Fragment =>
  (sql as Sql)`(
    select event_id, type, key, data::json as data, position
    from unnest(
      ${events.map((event) => event.id)}::uuid[],
      ${events.map((event) => event.type)}::text[],
      ${events.map((event) => event.key)}::uuid[],
      ${events.map((event) => JSON.stringify(event.data))}::text[]
    ) with ordinality as event (event_id, type, key, data, position)
  ) as event`;
