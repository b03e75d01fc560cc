import type { OutboxEvent } from '@souk/contracts/cloud-event.ts';
import type { LogEnds } from '../kafka/producer.ts';
import type { Sql } from '../postgres/database.ts';

export interface Cursor {
  /** Every event with a number up to this one has been acknowledged by the broker. */
  lastId: number;
  logEnds: LogEnds;
}

export const readCursor = async (sql: Sql): Promise<Cursor> => {
  const [cursor] = await sql<[Cursor]>`
    select last_id as "lastId", log_ends as "logEnds" from outbox_cursor`;
  return cursor;
};

/**
 * Moves the cursor over acknowledged events, without waiting for the disk. A Postgres that crashes may come back with
 * an earlier cursor, log ends included: then events are published again, with the same numbers.
 */
export const advanceCursor = async (sql: Sql, { lastId, logEnds }: Cursor): Promise<void> => {
  await sql`
    update outbox_cursor set last_id = ${lastId}, log_ends = ${sql.json(logEnds)}
    where set_config('synchronous_commit', 'off', true) = 'off'`;
};

/**
 * Moves the cursor to the start of the outbox, durably: the cursor that a crash brings back must not be compared with a
 * log that was written since, which may already be longer than the lost one.
 */
export const resetCursor = async (sql: Sql): Promise<Cursor> => {
  const start = { lastId: 0, logEnds: {} };
  await sql`update outbox_cursor set last_id = ${start.lastId}, log_ends = ${sql.json(start.logEnds)}`;
  return start;
};

/** The events above `after` and up to `fence`, in the order of their numbers, at most `limit`. */
export const readEvents = (
  sql: Sql,
  { after, fence, limit }: { after: number; fence: number; limit: number },
): Promise<OutboxEvent[]> =>
  sql<OutboxEvent[]>`
    select id::text as sequence, event_id as id, type, key, data::text as data, traceparent,
      to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time
    from outbox where id > ${after} and id <= ${fence} order by outbox.id limit ${limit}`;

export interface Backlog {
  pending: number;
  oldestAgeSeconds: number;
}

/** What waits to be published: count, at most `countMax`, and the age of the oldest in seconds. */
export const readBacklog = async (sql: Sql, countMax: number): Promise<Backlog> => {
  const [backlog] = await sql<[Backlog]>`
    select count(*)::int as pending,
      coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as "oldestAgeSeconds"
    from (
      select created_at from outbox where id > (select last_id from outbox_cursor)
      order by id limit ${countMax}
    ) as waiting`;
  return backlog;
};
