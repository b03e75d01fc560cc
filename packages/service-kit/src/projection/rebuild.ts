import type { Sql } from '../postgres/database.ts';
import type { Position } from './positions.ts';

/** How far the consumer of a schema had read before its tables were cleared. */
export interface ReadBefore extends Position {
  /** Of a service's topic the number of the last event; of a retry topic the offset behind the last message. */
  last: number;
}

/** What a rebuild does not make again: the schema itself, and what must outlive the clearing. */
const keptTables = ['schema_migrations', 'projection_generation', 'dead_letters', 'consumer_positions'];

/**
 * Empties all tables that the consumers of the role's own schema make out of events, forgets what was applied
 * and begins a new generation, in one transaction: running consumers notice within a second and read their
 * topics from the beginning. Returns how far they had come. Transactions under way end first.
 */
export const clearProjections = (sql: Sql): Promise<ReadBefore[]> =>
  sql.begin(async (tx) => {
    // First and alone: whoever applies events begins with this table, and then waits with no other lock.
    await tx`lock table consumer_positions in access exclusive mode`;
    const before = await tx<(Position & { last: string })[]>`
      select source, topic, partition, last_sequence::text as last from consumer_positions
      where last_sequence > 0 order by topic, partition, source`;
    const [{ tables }] = await tx<[{ tables: string }]>`
      select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables from pg_tables
      where schemaname = current_schema() and tablename <> all(${keptTables})`;
    await tx.unsafe(`truncate ${tables}`);
    await tx`
      update consumer_positions set last_sequence = 0, next_offset = null, first_sequence = null, newest_time = null,
        seen_sequence = greatest(seen_sequence, last_sequence)`;
    await tx`update dead_letters set resolved_at = null where resolved_at is not null`;
    await tx`update projection_generation set generation = generation + 1`;
    return before.map(({ last, ...position }) => ({ ...position, last: Number(last) }));
  }) as Promise<ReadBefore[]>;

/**
 * How much of what had been read before has been read again, in numbers of events: it is level when `done` is
 * `total`. Events that come meanwhile do not count.
 */
export const rebuildProgress = async (
  sql: Sql,
  before: readonly ReadBefore[],
): Promise<{ done: number; total: number }> => {
  const rows = await sql<(Position & { last: string })[]>`
    select source, topic, partition, last_sequence::text as last from consumer_positions`;
  const nameOf = ({ source, topic, partition }: Position) => JSON.stringify([source, topic, partition]);
  const now = new Map(rows.map((row) => [nameOf(row), Number(row.last)]));
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    done: sum(before.map((one) => Math.min(one.last, now.get(nameOf(one)) ?? 0))),
    total: sum(before.map(({ last }) => last)),
  };
};
