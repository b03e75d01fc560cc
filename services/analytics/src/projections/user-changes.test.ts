import { expect, test } from 'vitest';
import { testId } from '../testing/messages.ts';
import { userCounts } from './user-changes.ts';
import type { UserChange } from './user-repository.ts';

const id = testId('user', 1);
const none = { old_version: null, old_deleted: null, old_active_ms: null };
const stranger = { old_version: 0, old_deleted: false, old_active_ms: 60_000 };
const registered = { old_version: 1, old_deleted: false, old_active_ms: 60_000 };
const erased = { old_version: 2, old_deleted: true, old_active_ms: null };

const counted = (before: typeof none | typeof stranger | typeof erased, after: Partial<UserChange>) => {
  const change = { user_id: id, version: 1, deleted: false, active_ms: null, ...before, ...after };
  const { lastActive, ...counts } = userCounts([change]);
  return { ...counts, lastActive: [...lastActive] };
};
const nothing = { present: 0, ever: 0, lastActive: [], joinedIds: [], deletedIds: [], leftIds: [] };

test.each([
  ['a user who registers', none, { active_ms: 0 }, { present: 1, ever: 1, lastActive: [[0, 1]] }],
  ['an id that only an order names', none, { version: 0, active_ms: 0 }, {}],
  ['a further order of such an id', stranger, { version: 0, active_ms: 120_000 }, {}],
  [
    'such an id that registers',
    stranger,
    { active_ms: 60_000 },
    { present: 1, ever: 1, lastActive: [[60_000, 1]], joinedIds: [id] },
  ],
  [
    'a user who is active again',
    registered,
    { active_ms: 120_000 },
    {
      lastActive: [
        [60_000, -1],
        [120_000, 1],
      ],
    },
  ],
  [
    'a new version of an active user',
    registered,
    { version: 2, active_ms: 60_000 },
    { lastActive: [[60_000, 0]] },
  ],
  [
    'a user who is deleted',
    registered,
    { version: 2, deleted: true },
    { present: -1, lastActive: [[60_000, -1]], deletedIds: [id], leftIds: [id] },
  ],
  [
    'a deletion of an id that only an order names',
    stranger,
    { version: 2, deleted: true },
    { ever: 1, deletedIds: [id] },
  ],
  [
    'a deletion that comes before anything else',
    none,
    { version: 2, deleted: true },
    { ever: 1, deletedIds: [id] },
  ],
  ['a deleted user who does something', erased, { version: 2, deleted: true }, { deletedIds: [id] }],
])('counts %s', (_, before, after, expected) => {
  expect(counted(before, after)).toEqual({ ...nothing, ...expected });
});
