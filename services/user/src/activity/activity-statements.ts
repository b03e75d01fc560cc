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
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, given_at, taken_at_receipt,
        data)
      select
        ${activity.id}::uuid, id, ${activity.type}::text, ${activity.productId}::uuid,
        ${activity.quantity}::integer, ${activity.unitPriceMinor}::bigint,
        ${activity.occurredAt}::timestamptz, ${activity.recordedAt}::timestamptz,
        ${activity.givenAt}::timestamptz, ${activity.takenAtReceipt}::boolean,
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
 * the order in which they came. Postgres tells only of those that were not recorded.
 */
export const insertEvents = async (
  sql: Sql,
  given: readonly [NewActivity, ...NewActivity[]],
): Promise<Insertion[]> => {
  const rows = given.map(({ activity, event }) => ({ ...activity, event_id: event.id, event: event.data }));
  const users = [...new Set(rows.map(({ userId }) => userId))];
  const missed = await sql<{ position: number; known: boolean }[]>`
    with given (id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, given_at,
        taken_at_receipt, data, event_id, event, position) as (
      select * from rows from (json_to_recordset(${JSON.stringify(rows)}::text::json) as (
        id uuid, "userId" uuid, type text, "productId" uuid, quantity integer, "unitPriceMinor" bigint,
        "occurredAt" timestamptz, "recordedAt" timestamptz, "givenAt" timestamptz, "takenAtReceipt" boolean,
        data jsonb, event_id uuid, event json)
      ) with ordinality
    ), known as (
      select id from users where id = any(${users}::uuid[]) order by id for key share
    ), firsts as (
      select distinct on (id)
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, given_at,
        taken_at_receipt, data, event_id, event, position
      from given where user_id in (select id from known)
      order by id, position
    ), recorded as (
      insert into events (
        id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, given_at, taken_at_receipt,
        data)
      select id, user_id, type, product_id, quantity, unit_price_minor, occurred_at, recorded_at, given_at,
        taken_at_receipt, data
      from firsts order by id
      on conflict (id) do nothing
      returning id
    ), news as (
      select user_id, event_id, event, position from firsts where id in (select id from recorded)
    ), published as (
      insert into outbox (event_id, type, key, data, traceparent)
      select event_id, ${given[0].event.type}::text, user_id, event, ${activeTraceparent()}::text
      from news order by position
    )
    select position, user_id in (select id from known) as known
    from given where position not in (select position from news)`;
  const knownAt = new Map(missed.map(({ position, known }) => [position, known]));
  return given.map((_, index) => {
    const known = knownAt.get(index + 1);
    return { known: known ?? true, recorded: known === undefined };
  });
};
