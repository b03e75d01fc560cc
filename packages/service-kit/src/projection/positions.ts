import type { Sql, TransactionSql } from '../postgres/database.ts';
import { clearedError } from './generation.ts';

/** Of a retry topic the numbers are offsets: behind the last message dealt with. */
export interface Position {
  source: string;
  topic: string;
  partition: number;
}

export interface LockedPosition {
  /** The last number applied; 0 when none was. */
  last: bigint;
  /** The highest number applied before the tables were last cleared; 0 when they never were. */
  seen: bigint;
  /** The highest number known of the source, over all its partitions; 0 when none is. */
  known: bigint;
  /** The time of the newest event that moved the position. */
  newestTime: Date | undefined;
  /** The offset behind the last message dealt with; 0 when that is not known. */
  nextOffset: number;
  /** Whether there are rows in dead_letters at all. */
  hasDeadLetters: boolean;
}

/**
 * Locks a partition's position until the transaction ends. Two consumers of one partition, one of them unaware
 * that it lost it, take turns here. Throws `projection_cleared` when the tables are of another generation; the
 * lock holds the next clearing off.
 */
export const lockPosition = async (
  tx: TransactionSql,
  { source, topic, partition }: Position,
  generation: string | undefined,
): Promise<LockedPosition> => {
  // Sent together. The second has a snapshot of its own, taken with the lock held.
  const [[row], [tables]] = await Promise.all([
    tx<[{ last: string; seen: string; newest_time: Date | null; next_offset: number | null }]>`
      insert into consumer_positions (source, topic, partition) values (${source}, ${topic}, ${partition})
      on conflict (source, topic, partition) do update set updated_at = now()
      returning last_sequence::text as last, seen_sequence::text as seen, newest_time, next_offset`,
    tx<[{ generation: string; known: string; has_dead_letters: boolean }]>`
      select generation::text as generation, exists (select from dead_letters) as has_dead_letters, (
        select max(greatest(last_sequence, seen_sequence, accepted_sequence)) from consumer_positions
        where source = ${source})::text as known
      from projection_generation`,
  ]);
  if (generation !== undefined && tables.generation !== generation) throw clearedError();
  return {
    last: BigInt(row.last),
    seen: BigInt(row.seen),
    known: BigInt(tables.known),
    newestTime: row.newest_time ?? undefined,
    nextOffset: row.next_offset ?? 0,
    hasDeadLetters: tables.has_dead_letters,
  };
};

/** How far a transaction moves a position. */
export interface Move {
  /** The lowest number that it applies. */
  first?: bigint | undefined;
  last: bigint;
  /** Up to here numbers count as known of the source, although the position is not there. */
  accepted?: bigint;
  /** The time of the newest event applied so far. */
  newestTime?: Date | undefined;
  /** Behind the last message dealt with. */
  nextOffset: number;
}

/**
 * Moves a locked position. Its number never falls: a retry topic that was lost begins with low offsets again.
 */
export const advancePosition = async (
  tx: TransactionSql,
  { source, topic, partition }: Position,
  { first, last, accepted = 0n, newestTime, nextOffset }: Move,
): Promise<void> => {
  await tx`
    update consumer_positions set next_offset = ${nextOffset},
      first_sequence = case when last_sequence = 0 then ${first?.toString() ?? null} else first_sequence end,
      last_sequence = greatest(last_sequence, ${last.toString()}),
      accepted_sequence = greatest(accepted_sequence, ${accepted.toString()}),
      newest_time = ${newestTime ?? null}
    where source = ${source} and topic = ${topic} and partition = ${partition}`;
};

/**
 * Behind the last message dealt with, by `topic/partition`: null where a row does not say, and no entry for a
 * partition of which nothing was read since the tables were empty.
 */
export const nextOffsets = async (sql: Sql): Promise<ReadonlyMap<string, number | null>> => {
  const rows = await sql<{ name: string; next_offset: number | null }[]>`
    select topic || '/' || partition as name, min(next_offset) as next_offset from consumer_positions
    where last_sequence > 0 or next_offset is not null group by topic, partition`;
  return new Map(rows.map(({ name, next_offset }) => [name, next_offset]));
};
