import { groupDeadLetters } from '@souk/service-kit/dead-letters/dead-letter-groups.ts';
import type { KnownDeadLetter, LeftOut } from './dead-letter-watch.ts';

export type DeadLetterState = 'pending' | 'replayed' | 'discarded';

export interface DeadLetterQuery {
  topic?: string;
  group?: string;
  reason?: string;
  state?: DeadLetterState;
  limit: number;
}

export const stateOf = ({ resolution }: KnownDeadLetter): DeadLetterState => resolution?.how ?? 'pending';

/** Which fit, whatever the limit. */
export const fitting = (
  all: readonly KnownDeadLetter[],
  { topic, group, reason, state = 'pending' }: Omit<DeadLetterQuery, 'limit'>,
): KnownDeadLetter[] =>
  all.filter(
    (one) =>
      (topic === undefined || one.topic === topic) &&
      (group === undefined || one.group === group) &&
      (reason === undefined || one.errorClass === reason) &&
      stateOf(one) === state,
  );

/**
 * What the page lists: the groups of the pending ones, how many there are of each state, the newest that fit, and how
 * many are not known here.
 */
export const listDeadLetters = (
  all: readonly KnownDeadLetter[],
  leftOut: readonly LeftOut[],
  query: DeadLetterQuery,
) => {
  const found = fitting(all, query);
  return {
    groups: groupDeadLetters(fitting(all, {})),
    states: {
      pending: fitting(all, { state: 'pending' }).length,
      replayed: fitting(all, { state: 'replayed' }).length,
      discarded: fitting(all, { state: 'discarded' }).length,
    },
    left_out: leftOut,
    total: found.length,
    items: found
      .toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1))
      .slice(0, query.limit)
      .map(shownDeadLetter),
  };
};

export const shownDeadLetter = (one: KnownDeadLetter) => ({
  id: one.id,
  topic: one.topic,
  group: one.group,
  state: stateOf(one),
  reason: one.errorClass,
  origin: one.origin,
  replays: one.replays,
  attempts: one.attempts,
  first_seen: one.firstSeen,
  last_seen: one.lastSeen,
  bytes: one.bytes ?? null,
  resolved_at: one.resolution?.at ?? null,
  resolved_by: one.resolution?.by ?? null,
});
