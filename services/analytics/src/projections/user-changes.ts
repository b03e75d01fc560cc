import { rowAt } from '../rollups/row-at.ts';
import type { UserChange } from './user-repository.ts';

/** How the counts of users change. */
export interface UserCounts {
  /** Registered users there are. */
  present: number;
  /** Users that ever registered. */
  ever: number;
  /** By the start of the minute of their newest activity, in milliseconds since the epoch: present users. */
  lastActive: Map<number, number>;
  /** Who has registered after activity or orders named the id. */
  joinedIds: string[];
  /** Who is deleted, now or before. */
  deletedIds: string[];
  /** Those of them who counted until now. */
  leftIds: string[];
}

/** Sums up what changes of users mean for the counts. Only who is registered and not deleted counts. */
export const userCounts = (changes: readonly UserChange[]): UserCounts => {
  const counts: UserCounts = {
    present: 0,
    ever: 0,
    lastActive: new Map(),
    joinedIds: [],
    deletedIds: [],
    leftIds: [],
  };
  for (const change of changes) {
    const registeredBefore = (change.old_version ?? 0) > 0;
    const counted = registeredBefore && !change.old_deleted;
    const countsNow = change.version > 0 && !change.deleted;
    counts.present += Number(countsNow) - Number(counted);
    counts.ever += Number(change.version > 0) - Number(registeredBefore);
    if (counted) move(counts.lastActive, change.old_active_ms, -1);
    if (countsNow) move(counts.lastActive, change.active_ms, 1);
    if (countsNow && change.old_version === 0) counts.joinedIds.push(change.user_id);
    if (change.deleted) counts.deletedIds.push(change.user_id);
    if (change.deleted && counted) counts.leftIds.push(change.user_id);
  }
  return counts;
};

const move = (lastActive: Map<number, number>, minuteMs: number | null, change: number): void => {
  if (minuteMs !== null) lastActive.set(minuteMs, rowAt(lastActive, minuteMs, () => 0) + change);
};
