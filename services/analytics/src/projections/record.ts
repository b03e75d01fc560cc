import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { bucketStart } from '../rollups/bucket.ts';
import { eraseFunnels, saveFunnel } from '../rollups/funnel-repository.ts';
import { withoutKnown } from '../rollups/known-rows.ts';
import type { Rollup } from '../rollups/rollup.ts';
import { saveRollup } from '../rollups/rollup-repository.ts';
import { rowAt } from '../rollups/row-at.ts';
import { userCounts } from './user-changes.ts';
import { eraseUsers, saveUsers, type UserState } from './user-repository.ts';

/** The state of a user as events of the user's owner tell it. */
export type ToldUser = Omit<UserState, 'firstActiveMs' | 'lastActiveMs'>;

/**
 * Stores what a batch tells of users and everything that it adds up to; call it with a lock of erasure-lock.ts. What
 * was done by users whose deletion is stored counts in the totals only.
 */
export const record = async (
  tx: TransactionSql,
  told: ReadonlyMap<string, ToldUser>,
  rollup: Rollup,
): Promise<void> => {
  const states = userStates(told, rollup);
  const [changes, unknown] = await Promise.all([
    states.length > 0 ? saveUsers(tx, states) : [],
    withoutKnown(tx, rollup),
  ]);
  const { deletedIds, leftIds, ...counts } = userCounts(changes);
  const erasedIds = deletedIds.filter((id) => told.has(id));
  const recorded = withoutUsers({ ...rollup, ...unknown }, new Set(deletedIds));
  const funnel = await saveFunnel(tx, recorded.steps, counts.joinedIds);
  if (erasedIds.length > 0) {
    await eraseUsers(tx, erasedIds, leftIds);
    funnel.push(...(await eraseFunnels(tx, erasedIds, leftIds)));
  }
  await saveRollup(tx, recorded, { ...counts, funnel });
};

/** One state for each user that is told about, did anything or gave something back. */
const userStates = (
  told: ReadonlyMap<string, ToldUser>,
  { userActivity, userRevenue }: Rollup,
): UserState[] => {
  const states = new Map<string, UserState>();
  const unseen = { firstActiveMs: null, lastActiveMs: null };
  for (const user of told.values()) states.set(user.userId, { ...user, ...unseen });
  const stateOf = (userId: string) =>
    rowAt(states, userId, () => ({ userId, version: 0, deleted: false, ...unseen }));
  for (const { userId } of userRevenue) stateOf(userId);
  for (const { userId, firstSeenMs, lastSeenMs } of userActivity) {
    const state = stateOf(userId);
    const [first, last] = [bucketStart('minute', firstSeenMs), bucketStart('minute', lastSeenMs)];
    state.firstActiveMs = Math.min(first, state.firstActiveMs ?? first);
    state.lastActiveMs = Math.max(last, state.lastActiveMs ?? last);
  }
  return [...states.values()];
};

const withoutUsers = (rollup: Rollup, gone: ReadonlySet<string>): Rollup => {
  if (gone.size === 0) return rollup;
  const isPresent = ({ userId }: { userId: string }) => !gone.has(userId);
  return {
    ...rollup,
    activeUsers: rollup.activeUsers.filter(isPresent),
    userActivity: rollup.userActivity.filter(isPresent),
    userProducts: rollup.userProducts.filter(isPresent),
    userRevenue: rollup.userRevenue.filter(isPresent),
    steps: rollup.steps.filter(isPresent),
  };
};
