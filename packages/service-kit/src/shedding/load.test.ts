import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLoad } from './load.ts';
import { createLoadLevel } from './load-level.ts';
import { requestClasses } from './request-class.ts';

const limits = {
  eventLoopDelayMs: 100,
  waitingQueries: 50,
  outboxAgeSeconds: 600,
  atOnce: 2,
  batchesAtOnce: () => 1,
};
const calm = { eventLoopDelayMs: 5, waitingReads: 0, waitingWrites: 0 };

const refusedUnder = (reading: Partial<typeof calm>, outboxAgeSeconds = 0, given = limits) => {
  const load = createLoad(given);
  load.outboxAge(outboxAgeSeconds);
  for (let count = 0; count < 3; count++) load.read({ ...calm, ...reading });
  return requestClasses.filter(load.refuses);
};

test.each([
  ['nothing below every limit', { eventLoopDelayMs: 99, waitingReads: 49, waitingWrites: 49 }, 599, []],
  ['batches at a limit', { eventLoopDelayMs: 100 }, 0, ['batch']],
  ['analytics, too, at twice', { eventLoopDelayMs: 200 }, 0, ['batch', 'analytics']],
  ['lists, too, at three times', { eventLoopDelayMs: 300 }, 0, ['batch', 'analytics', 'lists']],
  ['writes, too, at four times', { eventLoopDelayMs: 400 }, 0, ['batch', 'analytics', 'lists', 'writes']],
  ['nothing else beyond', { eventLoopDelayMs: 60_000 }, 0, ['batch', 'analytics', 'lists', 'writes']],
  ['no writes, however many reads wait', { waitingReads: 9_999 }, 0, ['analytics', 'lists']],
  ['no reads, however many writes wait', { waitingWrites: 9_999 }, 0, ['batch', 'writes']],
  ['each in its turn for waiting reads, too', { waitingReads: 100 }, 0, ['analytics']],
  ['and for waiting writes', { waitingWrites: 199 }, 0, ['batch']],
  ['what the higher load says', { eventLoopDelayMs: 100, waitingReads: 100 }, 0, ['batch', 'analytics']],
  ['batches while the outbox is old', {}, 600, ['batch']],
  ['no reads, however old the outbox is', {}, 2_400, ['batch', 'writes']],
])('refuses %s', (_what, reading, outboxAgeSeconds, refused) => {
  expect(refusedUnder(reading, outboxAgeSeconds)).toEqual(refused);
});

test('looks at no load whose limit is 0', () => {
  const none = {
    eventLoopDelayMs: 0,
    waitingQueries: 0,
    outboxAgeSeconds: 0,
    atOnce: 0,
    batchesAtOnce: () => 1,
  };
  const high = { eventLoopDelayMs: 9_999, waitingReads: 9_999, waitingWrites: 9_999 };
  expect(refusedUnder(high, 99_999, none)).toEqual([]);
});

test('of batches, and of analytics, only so many are taken; nothing else is counted', () => {
  const load = createLoad(limits);
  expect([...load.turns.keys()]).toEqual(['batch', 'analytics']);
  const ends = [...load.turns.values()].flatMap(({ take }) => [take(() => undefined), take(() => undefined)]);
  expect(requestClasses.filter(load.refuses)).toEqual(['batch', 'analytics']);
  ends[0]?.();
  expect(requestClasses.filter(load.refuses)).toEqual(['analytics']);
});

const levelsOf = (values: number[]) => {
  const level = createLoadLevel(10);
  return values.map((value) => {
    level.read(value);
    return level.level();
  });
};

test('one long pause refuses nothing: three readings in a row do', () => {
  expect(levelsOf([99, 0, 0, 99, 99, 0, 12, 25, 30])).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test('what eased because of it is refused until ten readings in a row were lower', () => {
  const values = [20, 20, 20, ...Array(9).fill(0), 10, ...Array(9).fill(0), 0];
  const expected = [0, 0, 2, ...Array(9).fill(2), 1, ...Array(9).fill(1), 0];
  // The tenth reading after the last 20 is 10, so 1 is what is left, and ten more are needed to leave it.
  expect(levelsOf(values)).toEqual(expected);
});

test('the level rises to what the last three readings reached, and falls to what the last ten did not exceed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }), (values) => {
      const reached = values.map((value) => Math.min(4, Math.floor(value / 10)));
      let before = 0;
      levelsOf(values).forEach((level, index) => {
        const last = (count: number) => reached.slice(Math.max(0, index + 1 - count), index + 1);
        if (level > before) expect([level, index]).toEqual([Math.min(...last(3)), Math.max(2, index)]);
        if (level < before) expect(level).toBe(Math.max(...last(10)));
        before = level;
      });
    }),
    { seed: 13 },
  );
});
