import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('so many work at once; when one ends the next begins, in the order in which they came', async () => {
  const turns = createTurns(() => 2);
  const begun: number[] = [];
  const ends = [0, 1, 2, 3, 4].map((n) => turns.take(() => begun.push(n)));
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  await eventLoopTurn();
  expect([begun, turns.count()]).toEqual([[0, 1, 2], 4]);
  ends[0]?.();
  ends[2]?.();
  await eventLoopTurn();
  expect([begun, turns.count()]).toEqual([[0, 1, 2, 3, 4], 2]);
});

test('one that leaves while it waits never begins, and leaving twice frees one place', async () => {
  const turns = createTurns(() => 1);
  const begun: number[] = [];
  const [first, second] = [0, 1, 2, 3].map((n) => turns.take(() => begun.push(n)));
  second?.();
  first?.();
  first?.();
  await eventLoopTurn();
  expect([begun, turns.count()]).toEqual([[0, 2], 2]);
});

test('nobody overtakes in the moment in which a turn passes on', async () => {
  const turns = createTurns(() => 1);
  const begun: string[] = [];
  const end = turns.take(() => begun.push('first'));
  turns.take(() => begun.push('second'));
  end();
  turns.take(() => begun.push('third'));
  await eventLoopTurn();
  expect(begun).toEqual(['first', 'second']);
});

test('never do more work than may, whoever leaves and comes while a turn passes on', async () => {
  const turns = createTurns(() => 1);
  const begun: string[] = [];
  const end = turns.take(() => begun.push('first'));
  const leave = turns.take(() => begun.push('second'));
  end();
  leave();
  for (const name of ['third', 'fourth']) turns.take(() => begun.push(name));
  await eventLoopTurn();
  expect(begun).toEqual(['first', 'third']);
});

test('how many work follows how many wait: fewer begin while many do, and more again when few are left', async () => {
  const turns = createTurns((waiting) => (waiting > 2 ? 1 : 3));
  const begun: number[] = [];
  const ends = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => turns.take(() => begun.push(n)));
  const begunAfter = async (ended: number) => {
    ends[ended]?.();
    // One begins in each.
    for (let turn = 0; turn < ends.length; turn++) await eventLoopTurn();
    return begun.length;
  };
  expect(begun).toEqual([0, 1, 2]);
  expect([await begunAfter(0), await begunAfter(1)]).toEqual([3, 3]);
  expect([await begunAfter(2), await begunAfter(3)]).toEqual([4, 5]);
  expect([await begunAfter(4), begun]).toEqual([8, [0, 1, 2, 3, 4, 5, 6, 7]]);
});

test('while many wait, one begins in each turn of the event loop, however many have ended', async () => {
  const turns = createTurns((waiting) => (waiting > 2 ? 2 : 3));
  const begun: number[] = [];
  const ends = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => turns.take(() => begun.push(n)));
  for (const end of ends.slice(0, 3)) end();
  await eventLoopTurn();
  expect(begun).toEqual([0, 1, 2, 3]);
  await eventLoopTurn();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});
