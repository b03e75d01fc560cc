import { performance } from 'node:perf_hooks';
import type { Database } from '../postgres/database.ts';
import { errorCode } from '../postgres/errors.ts';

/** The consumer's tables as a session knows them. What it has read, and where it reads on, fits no others. */
export interface KnownTables {
  /** Another one when the tables have been cleared. */
  generation: string;
  /** By TOPIC/PARTITION the position that was found or committed: Postgres is behind it only when it lost commits. */
  reached: Map<string, bigint>;
}

/** `projection_cleared`: for a rebuild. `projection_fell_back`: a crash or a failover brought back an earlier state. */
export type TablesChange = 'projection_cleared' | 'projection_fell_back';

export interface TablesWatch {
  readonly known: KnownTables;
  /** How the tables have become others since; asks Postgres in the background, at most once a second. */
  changed(): TablesChange | undefined;
  /** For whoever has met the change by itself. */
  reportChange(change: TablesChange): void;
}

const pollIntervalMs = 1_000;

/** Reads the generation, and watches whether the tables stay those that the session knows. */
export const watchTables = async (db: Database): Promise<TablesWatch> => {
  const { generation } = await readTables(db);
  const known: KnownTables = { generation, reached: new Map() };
  let change: TablesChange | undefined;
  let asking = false;
  let askedAt = performance.now();
  const ask = async () => {
    asking = true;
    askedAt = performance.now();
    // What is committed after the question may be missing in its answer.
    const before = new Map(known.reached);
    // An answer that cannot be had changes nothing: whoever applies events compares for itself.
    const now = await readTables(db).catch(() => undefined);
    if (now && now.generation !== generation) change = 'projection_cleared';
    else if (now && isBehind(now.positions, before)) change ??= 'projection_fell_back';
    asking = false;
  };
  return {
    known,
    changed: () => {
      if (!change && !asking && performance.now() - askedAt >= pollIntervalMs) void ask();
      return change;
    },
    reportChange: (met) => {
      change = met;
    },
  };
};

/** Whether any position is lower than the session knows it to have been. */
const isBehind = (positions: ReadonlyMap<string, bigint>, reached: ReadonlyMap<string, bigint>): boolean => {
  for (const [partition, last] of reached) if ((positions.get(partition) ?? 0n) < last) return true;
  return false;
};

/** What a transaction throws that finds other tables than its session knows. */
export const tablesChanged = (code: TablesChange): Error =>
  Object.assign(new Error(`the tables are not those that were read for: ${code}`), { code });

export const tablesChangeOf = (error: unknown): TablesChange | undefined => {
  const code = errorCode(error);
  return code === 'projection_cleared' || code === 'projection_fell_back' ? code : undefined;
};

const readTables = async (db: Database): Promise<{ generation: string; positions: Map<string, bigint> }> => {
  const [{ generation, positions }] = await db.get(
    'read_tables',
    (sql) => sql<[{ generation: string; positions: Record<string, string> }]>`
      select generation::text as generation, (
        select coalesce(json_object_agg(name, last), '{}') from (
          select topic || '/' || partition as name, max(last_sequence)::text as last
          from consumer_positions group by topic, partition) as position) as positions
      from projection_generation`,
  );
  const entries = Object.entries(positions).map(([name, last]): [string, bigint] => [name, BigInt(last)]);
  return { generation, positions: new Map(entries) };
};
