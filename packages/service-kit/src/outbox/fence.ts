import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxEvent } from '@souk/contracts/cloud-event.ts';
import type { Sql } from '../postgres/database.ts';
import { readOnlyError } from '../postgres/errors.ts';
import { readEvents } from './outbox-store.ts';

const pollMsFirst = 1;
const pollMsMax = 50;

export interface Decided {
  /** Every row with an id up to it is either visible now or will never be. */
  upTo: number;
  /** The first of these rows, at most `limit`. */
  events: readonly OutboxEvent[];
  /** More rows are there, behind a number that is missing. */
  isCut: boolean;
}

/**
 * Reads the first rows above `after` that are decided. Rows whose numbers follow each other without a gap are: nothing can
 * appear between them. So who is writing is only asked where the next number is missing, be it that its transaction is
 * under way or that it was aborted, and where more rows wait than are read at once. Throws where the sequence is behind
 * `after`: its next numbers would never be looked for.
 */
export const readDecided = async (
  sql: Sql,
  { after, limit, signal }: { after: number; limit: number; signal: AbortSignal },
): Promise<Decided> => {
  const read = (fence: number) => readEvents(sql, { after, fence, limit });
  const found = await read(Number.MAX_SAFE_INTEGER);
  const run = withoutGap(found, after);
  if (run.length > 0 && run.length < limit)
    return { upTo: after + run.length, events: run, isCut: found.length > run.length };
  const fence = await readFence(sql, signal);
  if (fence < after)
    throw new Error(
      `outbox_id_seq is at ${fence}, and ${after} is published: stop the service and run souk outbox advance`,
    );
  return { upTo: fence, events: run.length > 0 || fence === after ? run : await read(fence), isCut: false };
};

/** Those in front whose numbers are `after + 1`, `after + 2`, … */
const withoutGap = (events: readonly OutboxEvent[], after: number): readonly OutboxEvent[] => {
  const gap = events.findIndex(({ sequence }, index) => Number(sequence) !== after + 1 + index);
  return gap === -1 ? events : events.slice(0, gap);
};

/**
 * Returns a number up to which the outbox is decided: every row with an id up to it is either visible
 * now or will never be.
 *
 * An insert locks the table before it takes a number, and keeps the lock until its transaction has ended and is
 * visible. So whoever took a number up to the sequence's last value has either ended or is among the writers that
 * are read afterwards; once those have ended, nothing below the fence can appear. Nobody else is waited for,
 * however long a migration, a backup or a report takes. Throws where Postgres has become read only: others write
 * elsewhere.
 */
export const readFence = async (sql: Sql, signal: AbortSignal): Promise<number> => {
  // Sent together: the one connection answers them one after the other.
  let [fence, writers] = await Promise.all([readLastNumber(sql), readWriters(sql)]);
  for (let pollMs = pollMsFirst; writers.length > 0; pollMs = Math.min(pollMs * 2, pollMsMax)) {
    await sleep(pollMs, undefined, { signal });
    const now = new Set(await readWriters(sql));
    writers = writers.filter((writer) => now.has(writer));
  }
  return fence;
};

/** The last number any writer took; 0 when none did. */
const readLastNumber = async (sql: Sql): Promise<number> => {
  const [row] = await sql<[{ lastNumber: number; readOnly: boolean }]>`
    select case when is_called then last_value else 0 end as "lastNumber",
      current_setting('transaction_read_only')::boolean as "readOnly"
    from outbox_id_seq`;
  if (row.readOnly) throw readOnlyError();
  return row.lastNumber;
};

/**
 * The transactions under way, of whatever role, that have begun an insert into the outbox. Read from pg_locks, as
 * pg_stat_activity does not say which table a transaction writes to: all that write anything would be waited for.
 */
const readWriters = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ writer: string }[]>`
    select virtualtransaction as writer from pg_locks
    where locktype = 'relation' and relation = 'outbox'::regclass and mode = 'RowExclusiveLock' and granted
      and database = (select oid from pg_database where datname = current_database())`;
  return rows.map(({ writer }) => writer);
};
