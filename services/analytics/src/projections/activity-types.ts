import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { tablesSeed } from './erasure-lock.ts';

/** What an activity counts as whose type is not told apart. */
export const otherType = 'other';

const lockName = 'souk:analytics:activity_types';

/**
 * Anybody who records activity can make up types, and each is a row in every bucket: at most `max` are told apart.
 * Which ones is decided when they first come, once and for all replicas. Returns a function that gives the type to
 * count under for each of `types`; call it after the lock of erasure-lock.ts.
 */
export const activityTypes = (max: number) => {
  /** Committed, and never taken back. */
  const known = new Set<string>();

  return async (tx: TransactionSql, types: ReadonlySet<string>): Promise<(type: string) => string> => {
    const missing = [...types].filter((type) => !known.has(type));
    if (missing.length === 0) return (type) => type;
    // Known to be full: nothing can be added, and nobody has to wait.
    const kept = known.size >= max ? known : await register(tx, missing.sort(), max, known);
    return (type) => (kept.has(type) ? type : otherType);
  };
};

/** One transaction at a time adds types, so that there are never more than `max`. */
const register = async (
  tx: TransactionSql,
  missing: readonly string[],
  max: number,
  known: Set<string>,
): Promise<ReadonlySet<string>> => {
  await tx`select pg_advisory_xact_lock(hashtextextended(${lockName}, ${tablesSeed(tx)}))`;
  const stored = await tx<{ type: string }[]>`select type from activity_types`;
  for (const { type } of stored) known.add(type);
  const added = missing.filter((type) => !known.has(type)).slice(0, Math.max(0, max - known.size));
  if (added.length > 0) await tx`insert into activity_types (type) select unnest(${added}::text[])`;
  // Those added here count as known only when a later transaction finds them committed.
  return new Set([...known, ...added]);
};
