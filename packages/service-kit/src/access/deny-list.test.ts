import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Caller } from './caller.ts';
import { createDenyList } from './deny-list.ts';

const startMs = Date.parse('2026-03-01T09:00:00.000Z');
const caller = (subject: string, sessionId?: string): Caller => ({
  ...{ subject, sessionId, roles: ['customer'], scopes: [], issuedAtMs: startMs },
});
const revoked = (subject: string, session_id: string | null = null, atMs = startMs) => ({
  ...{ subject, session_id, revoked_at: new Date(atMs).toISOString() },
});

test('denies the one session, and of a subject that is gone all, however the id is written', () => {
  const list = createDenyList(() => startMs);
  const [ada, bob, first, second] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  list.add(revoked(ada, first));
  list.add(revoked(bob));
  expect(list.denies(caller(ada, first))).toBe(true);
  expect(list.denies(caller(ada, first.toUpperCase()))).toBe(true);
  expect(list.denies(caller(ada, second))).toBe(false);
  expect(list.denies(caller(ada))).toBe(false);
  expect(list.denies(caller(bob, second))).toBe(true);
  expect(list.denies(caller(bob))).toBe(true);
});

test('is the same list whatever is told again, and in whatever order', () => {
  const sessions = Array.from({ length: 5 }, () => [randomUUID(), randomUUID()] as const);
  const told = sessions.map(([subject, session]) => revoked(subject, session));
  for (const order of [told, told.toReversed(), [...told, ...told.toReversed()]]) {
    const list = createDenyList(() => startMs);
    for (const event of order) list.add(event);
    expect(sessions.map(([subject, session]) => list.denies(caller(subject, session)))).toEqual(
      sessions.map(() => true),
    );
  }
});

test('forgets what was revoked when no token of that time is taken any more, and not before', () => {
  let now = startMs;
  const list = createDenyList(() => now);
  const ada = randomUUID();
  list.add(revoked(ada));
  now = startMs + 3_600_000;
  expect(list.denies(caller(ada))).toBe(true);
  now = startMs + 4_000_000;
  expect(list.denies(caller(ada))).toBe(false);
  list.add(revoked(ada, null, startMs));
  expect(list.denies(caller(ada))).toBe(false);
});

test('a time in the future keeps an entry no longer than the present does', () => {
  let now = startMs;
  const list = createDenyList(() => now);
  const ada = randomUUID();
  list.add(revoked(ada, null, startMs + 10 * 86_400_000));
  now += 4_000_000;
  expect(list.denies(caller(ada))).toBe(false);
});

test('holds the newest 100,000', () => {
  const list = createDenyList(() => startMs);
  const [oldest, newest] = [randomUUID(), randomUUID()];
  list.add(revoked(oldest));
  for (let count = 1; count < 100_000; count++) list.add(revoked(`filler-${count}`));
  expect(list.denies(caller(oldest))).toBe(true);
  list.add(revoked(newest));
  expect([list.denies(caller(oldest)), list.denies(caller(newest))]).toEqual([false, true]);
});
