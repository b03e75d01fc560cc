import { constantFragment, type Sql, type TransactionSql } from '../postgres/database.ts';
import { type KnownTables, tablesChanged } from './known-tables.ts';

/** A topic by its owner. Of a retry topic the numbers are offsets: behind the last message dealt with. */
export interface PositionedTopic {
  source: string;
  topic: string;
}

export interface Position extends PositionedTopic {
  partition: number;
}

export interface LockedPosition {
  /** The last number applied; 0 when none was. */
  last: bigint;
  /** The highest number applied before the tables were last cleared; 0 when they never were. */
  seen: bigint;
  /** The time of the newest event that moved the position. */
  newestTime: Date | undefined;
  /** The offset behind the last message dealt with; 0 when that is not known. */
  nextOffset: number;
}

export interface LockedPositions {
  /** By partition. */
  positions: Map<number, LockedPosition>;
  /** The highest number known of the source, over all its partitions; 0 when none is. */
  known: bigint;
  /** Whether there are rows in dead_letters at all. */
  hasDeadLetters: boolean;
}

/**
 * Settings of the transaction: its statements have few rows, which keys find, so a plan is made once and kept, and by
 * indexes. Otherwise one made for an empty table would go on to read it from end to end, and most would be made each time.
 */
const plansOfBatches = constantFragment(
  (sql) => sql`
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`,
);

/**
 * Locks the positions of partitions until the transaction ends, in the order of the partitions: two consumers of one,
 * one of them unaware that it lost it, take turns here, and never wait for each other in a circle. Throws
 * `projection_cleared` when the tables are of another generation than `known` (the locks hold the next clearing off),
 * and `projection_fell_back` when a position is behind what it was.
 */
export const lockPositions = async (
  tx: TransactionSql,
  { source, topic }: PositionedTopic,
  partitions: readonly number[],
  known: KnownTables | undefined,
): Promise<LockedPositions> => {
  // Sent together. The second has a snapshot of its own, taken with the locks held.
  const [rows, [tables]] = await Promise.all([
    tx<
      {
        partition: number;
        last: string;
        seen: string;
        newest_time: Date | null;
        next_offset: number | null;
      }[]
    >`
      insert into consumer_positions (source, topic, partition)
      select ${source}, ${topic}, partition from unnest(${[...partitions]}::integer[]) as partition order by partition
      on conflict (source, topic, partition) do update set updated_at = now()
      returning partition, last_sequence::text as last, seen_sequence::text as seen, newest_time, next_offset`,
    tx<[{ generation: string; known: string; has_dead_letters: boolean }]>`
      select generation::text as generation, exists (select from dead_letters) as has_dead_letters, (
        select max(greatest(last_sequence, seen_sequence, accepted_sequence)) from consumer_positions
        where source = ${source})::text as known, ${plansOfBatches(tx)}
      from projection_generation`,
  ]);
  if (known && tables.generation !== known.generation) throw tablesChanged('projection_cleared');
  const positionOf = (row: (typeof rows)[number]): [number, LockedPosition] => [
    row.partition,
    {
      last: BigInt(row.last),
      seen: BigInt(row.seen),
      newestTime: row.newest_time ?? undefined,
      nextOffset: row.next_offset ?? 0,
    },
  ];
  const positions = new Map(rows.map(positionOf));
  const isBehind = ([partition, { last }]: [number, LockedPosition]) =>
    last < (known?.reached.get(`${topic}/${partition}`) ?? 0n);
  if ([...positions].some(isBehind)) throw tablesChanged('projection_fell_back');
  return {
    positions,
    known: BigInt(tables.known),
    hasDeadLetters: tables.has_dead_letters,
  };
};

/** How far a transaction moves the position of a partition. */
export interface Move {
  partition: number;
  /** The lowest number that it applies. */
  first: bigint | undefined;
  last: bigint;
  /** Up to here numbers count as known of the source, although the position is not there. */
  accepted: bigint;
  /** The time of the newest event applied so far. */
  newestTime: Date | undefined;
  /** Behind the last message dealt with. */
  nextOffset: number;
}

/**
 * Moves locked positions. Their numbers never fall: a retry topic that was lost begins with low offsets again.
 * With `mayFallBack` the commit does not wait for the disk: a crash of Postgres may bring back an earlier state of tables
 * and positions together, which every session notices (known-tables.ts). In a schema that publishes it waits all the
 * same: what the relay has read must not be undone.
 */
export const advancePositions = async (
  tx: TransactionSql,
  { source, topic }: PositionedTopic,
  moves: readonly Move[],
  mayFallBack: boolean,
): Promise<void> => {
  const column = <T>(of: (move: Move) => T) => moves.map(of);
  await tx`
    update consumer_positions as p set next_offset = move.next_offset,
      first_sequence = case when last_sequence = 0 then move.first else first_sequence end,
      last_sequence = greatest(last_sequence, move.last),
      accepted_sequence = greatest(accepted_sequence, move.accepted),
      newest_time = move.newest_time
    from unnest(
      ${column(({ partition }) => partition)}::integer[], ${column(({ first }) => first?.toString() ?? null)}::bigint[],
      ${column(({ last }) => last.toString())}::bigint[], ${column(({ accepted }) => accepted.toString())}::bigint[],
      ${column(({ newestTime }) => newestTime?.toISOString() ?? null)}::timestamptz[],
      ${column(({ nextOffset }) => nextOffset)}::bigint[]
    ) as move (partition, first, last, accepted, newest_time, next_offset)
    where p.source = ${source} and p.topic = ${topic} and p.partition = move.partition
      and set_config('synchronous_commit', case when ${mayFallBack} and to_regclass('outbox') is null
        then 'off' else current_setting('synchronous_commit') end, true) is not null`;
};

/** Where a partition was read to. */
export interface ReadTo {
  /** Behind the last message dealt with; null where the row does not say. */
  nextOffset: number | null;
  last: bigint;
}

/** By `topic/partition`; no entry for a partition of which nothing was read since the tables were empty. */
export const readTo = async (sql: Sql): Promise<ReadonlyMap<string, ReadTo>> => {
  const rows = await sql<{ name: string; next_offset: number | null; last: string }[]>`
    select topic || '/' || partition as name, min(next_offset) as next_offset, min(last_sequence)::text as last
    from consumer_positions
    where last_sequence > 0 or next_offset is not null group by topic, partition`;
  return new Map(
    rows.map(({ name, next_offset, last }) => [name, { nextOffset: next_offset, last: BigInt(last) }]),
  );
};
