import { isRetryTopic } from '@souk/contracts/topic.ts';
import { sequenceMax } from '../consumer/outcome.ts';
import type { LogRange } from '../kafka/log-bounds.ts';
import type { Sql } from '../postgres/database.ts';
import { wait } from '../service/backoff.ts';
import type { Position } from './positions.ts';

/** How far the consumer of a schema had read before its tables were cleared. */
export interface ReadBefore extends Position {
  /** Of a service's topic the number of the last event; of a retry topic the offset behind the last message. */
  last: number;
}

const pollIntervalMs = 500;

export interface RebuildOptions {
  /** What the partitions of the consumer's topics, retry topics included, hold now: all of it is waited for. */
  readLogs(): Promise<readonly LogRange[]>;
  /** Partitions whose last events Kafka no longer has (TOPIC/PARTITION): of them only what is there is waited for. */
  lost: ReadonlySet<string>;
  /** Ends the waiting; the running consumers fill the tables without it. */
  signal: AbortSignal;
  /** In messages, about twice a second; the total grows with the topics. */
  onProgress(progress: { done: number; total: number }): void;
}

/** A consumer that reaches the ends of the logs within so many looks, half a second apart, has caught up. */
const caughtUpLooks = 2;

/**
 * Clears the tables, then waits until the running consumers have caught up: they have read again all that had been read
 * before, and all that came meanwhile. True when that is done, false at the signal. `onCleared` is called in between.
 */
export const rebuildProjections = async (
  sql: Sql,
  { readLogs, lost, signal, onProgress }: RebuildOptions,
  onCleared: () => void,
): Promise<boolean> => {
  const before = (await clearProjections(sql)).filter(
    // A number that no event can have was never read: nothing would ever reach it.
    ({ topic, partition, last }) =>
      !isRetryTopic(topic) && !lost.has(`${topic}/${partition}`) && last <= sequenceMax,
  );
  onCleared();
  return followReading({ readLogs, signal, onProgress }, (logs) => rebuildProgress(sql, logs, before));
};

/** Waits until a consumer has caught up, by what `look` tells of it. True when it has, false at the signal. */
export const followReading = async (
  { readLogs, signal, onProgress }: Omit<RebuildOptions, 'lost'>,
  look: (logs: readonly LogRange[]) => Promise<{ done: number; total: number; complete: boolean }>,
): Promise<boolean> => {
  const untilRead = async (logs: readonly LogRange[]): Promise<number> => {
    for (let looks = 1; ; looks++) {
      const { done, total, complete } = await look(logs);
      onProgress({ done, total });
      if (complete || signal.aborted) return looks;
      await wait(pollIntervalMs, signal);
    }
  };
  // What came while the first was read may be long.
  await untilRead(await readLogs());
  while (!signal.aborted) if ((await untilRead(await readLogs())) <= caughtUpLooks) return !signal.aborted;
  return false;
};

/**
 * Empties the tables that the consumers of the role's own schema make out of events (`projection_tables`), forgets
 * what was applied and begins a new generation, in one transaction: running consumers notice within a second and read
 * their topics from the beginning. Returns how far they had come. Transactions under way end first.
 */
export const clearProjections = (sql: Sql): Promise<ReadBefore[]> =>
  sql.begin(async (tx) => {
    // First and alone: whoever applies events begins with this table, and then waits with no other lock.
    await tx`lock table consumer_positions in access exclusive mode`;
    const before = await tx<(Position & { last: string })[]>`
      update consumer_positions set last_sequence = 0, next_offset = null, first_sequence = null, newest_time = null,
        seen_sequence = case when last_sequence > ${String(sequenceMax)} then seen_sequence
          else greatest(seen_sequence, last_sequence) end
      returning source, topic, partition, old.last_sequence::text as last`;
    const [{ tables }] = await tx<[{ tables: string | null }]>`
      select string_agg(format('%I', name), ', ') as tables from projection_tables`;
    if (tables === null) throw new Error('projection_tables is empty: nothing says what a rebuild empties');
    await tx.unsafe(`truncate ${tables}`);
    await tx`update dead_letters set resolved_at = null where resolved_at is not null`;
    await tx`update projection_generation set generation = generation + 1`;
    return before.map(({ last, ...position }) => ({ ...position, last: Number(last) }));
  }) as Promise<ReadBefore[]>;

/**
 * How much of the logs has been read again, in offsets; `complete` when all of it is, and all that had been read. By the
 * positions of `schema` where it is given.
 */
export const rebuildProgress = async (
  sql: Sql,
  logs: readonly LogRange[],
  before: readonly ReadBefore[],
  schema?: string,
): Promise<{ done: number; total: number; complete: boolean }> => {
  const rows = await sql<{ name: string; last: string; next: string }[]>`
    select topic || '/' || partition as name, max(last_sequence)::text as last,
      coalesce(max(next_offset), 0)::text as next
    from ${sql(schema ? `${schema}.consumer_positions` : 'consumer_positions')} group by topic, partition`;
  const now = new Map(rows.map(({ name, last, next }) => [name, { last: Number(last), next: Number(next) }]));
  const at = ({ topic, partition }: { topic: string; partition: number }) =>
    now.get(`${topic}/${partition}`) ?? { last: 0, next: 0 };
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  const total = sum(logs.map(({ from, to }) => to - from));
  const done = sum(logs.map((log) => Math.max(log.from, Math.min(log.to, at(log).next)) - log.from));
  return { done, total, complete: done === total && before.every((one) => at(one).last >= one.last) };
};
