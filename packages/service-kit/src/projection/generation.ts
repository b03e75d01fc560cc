import { performance } from 'node:perf_hooks';
import type { Database } from '../postgres/database.ts';
import { errorCode } from '../postgres/errors.ts';

/** The generation of a consumer's tables, as it was when the consumer began to read. */
export interface GenerationWatch {
  readonly generation: string;
  /** True once the tables have been cleared since; asks Postgres in the background, at most once a second. */
  changed(): boolean;
  /** For whoever has met the change by itself. */
  reportChange(): void;
}

const pollIntervalMs = 1_000;

/** Reads the generation, and watches whether it changes. */
export const watchGeneration = async (db: Database): Promise<GenerationWatch> => {
  const generation = await readGeneration(db);
  let changed = false;
  let asking = false;
  let askedAt = performance.now();
  const ask = async () => {
    asking = true;
    askedAt = performance.now();
    // An answer that cannot be had changes nothing: whoever applies events compares for itself.
    const now = await readGeneration(db).catch(() => generation);
    if (now !== generation) changed = true;
    asking = false;
  };
  return {
    generation,
    changed: () => {
      if (!changed && !asking && performance.now() - askedAt >= pollIntervalMs) void ask();
      return changed;
    },
    reportChange: () => {
      changed = true;
    },
  };
};

/** What a transaction throws that finds the tables cleared since its consumer began to read. */
export const clearedError = (): Error =>
  Object.assign(new Error('the tables were cleared for a rebuild'), { code: 'projection_cleared' });

export const isClearedError = (error: unknown): boolean => errorCode(error) === 'projection_cleared';

const readGeneration = async (db: Database): Promise<string> => {
  const [row] = await db.get(
    'read_generation',
    (sql) => sql<[{ generation: string }]>`select generation::text as generation from projection_generation`,
  );
  return row.generation;
};
