import { eventRows } from '@souk/service-kit/outbox/event-rows.ts';
import type { Sql } from '@souk/service-kit/postgres/database.ts';
import { activeTraceparent } from '@souk/service-kit/tracing/spans.ts';
import type { NewActivity } from './activity.ts';

/** What became of one activity; neither when its id was there before, in the table or in the same batch. */
export interface Insertion {
  /** There is such a user. */
  known: boolean;
  recorded: boolean;
}

// In both statements the lock on the users orders them with deletions: who is deleted is not in `known`, and who is
// in it is deleted later, with a higher number.

/** Stores one activity and its event, at half the cost of `insertEvents` for one. */
export const insertEvent = (sql: Sql, { activity, event }: NewActivity): PromiseLike<Insertion[]> =>
  sql<Insertion[]>`
    with known as (
      select id from users where id = ${activity.userId} for key share
    ), recorded as (
      insert into events (
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, data)
      select
        ${activity.id}::uuid, id, ${activity.type}::text, ${activity.productId}::uuid,
        ${activity.quantity}::integer, ${activity.unitPriceMinor}::bigint,
        ${activity.occurredAt}::timestamptz, ${activity.recordedAt}::timestamptz,
        ${activity.data && JSON.stringify(activity.data)}::text::jsonb
      from known
      on conflict (id) do nothing
      returning user_id
    ), published as (
      insert into outbox (event_id, type, key, data, traceparent)
      select ${event.id}::uuid, ${event.type}::text, user_id, ${JSON.stringify(event.data)}::text::json,
        ${activeTraceparent()}::text
      from recorded
    )
    select exists (select from known) as known, exists (select from recorded) as recorded`;

/**
 * Stores activities and their events; gives what became of each, in their order. Of several with one id the first
 * counts. Rows go in by id, so that two batches with the same ids cannot wait for each other; they are published in
 * the order in which they came.
 */
export const insertEvents = (sql: Sql, given: readonly NewActivity[]): PromiseLike<Insertion[]> => {
  const rows = given.map(({ activity }) => activity);
  return sql<Insertion[]>`
    with given as (
      select id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, data, position
      from unnest(
        ${rows.map((row) => row.id)}::uuid[],
        ${rows.map((row) => row.userId)}::uuid[],
        ${rows.map((row) => row.type)}::text[],
        ${rows.map((row) => row.productId)}::uuid[],
        ${rows.map((row) => row.quantity)}::integer[],
        ${rows.map((row) => row.unitPriceMinor)}::bigint[],
        ${rows.map((row) => row.occurredAt.toISOString())}::timestamptz[],
        ${rows.map((row) => row.recordedAt.toISOString())}::timestamptz[],
        ${rows.map((row) => row.data && JSON.stringify(row.data))}::text[]
      ) with ordinality as given (
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, data, position)
    ), known as (
      select id from users where id = any(${[...new Set(rows.map((row) => row.userId))]}::uuid[])
      order by id for key share
    ), firsts as (
      select distinct on (id)
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, data, position
      from given where user_id in (select id from known)
      order by id, position
    ), recorded as (
      insert into events (
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, data)
      select
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, data::jsonb
      from firsts order by id
      on conflict (id) do nothing
      returning id
    ), news as (
      select position from firsts where id in (select id from recorded)
    ), published as (
      insert into outbox (event_id, type, key, data, traceparent)
      select event_id, type, key, data, traceparent
      from ${eventRows(
        sql,
        given.map(({ event }) => event),
      )}
      where position in (select position from news) order by position
    )
    select
      user_id in (select id from known) as known,
      position in (select position from news) as recorded
    from given order by position`;
};
