import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sharedBuckets } from './shared-buckets.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Lets so much time pass, and all that can happen in each millisecond. */
const pass = async (ms: number): Promise<void> => {
  for (let left = ms; left >= 0; left--) {
    for (let turn = 0; turn < 50; turn++) await eventLoopTurn();
    if (left > 0) vi.advanceTimersByTime(1);
  }
};

/** A Redis that answers after so long, and how many buckets each command so far asked about. */
const slowRedis = (answersAfterMs: number) => {
  const commands: number[] = [];
  const run = (_: string, __: string, keys: readonly string[]) => {
    commands.push(keys.length);
    const reply = keys.flatMap(() => [1, 0, 0, 1_000]);
    return new Promise((answer) => void setTimeout(answer, answersAfterMs, reply));
  };
  const buckets = sharedBuckets({ run }, '');
  const ask = (key: number) => buckets.take(`${key}`, { perSecond: 1, burst: 1 }, { need: 1, want: 1 });
  return { commands, ask };
};

test('no question waits longer than a command may take, however many are before it, nor is asked afterwards', async () => {
  const { commands, ask } = slowRedis(150);
  const outcomes = Promise.allSettled(Array.from({ length: 2_250 }, (_, key) => ask(key)));
  await pass(100);
  expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
  await pass(100);
  expect(commands).toEqual(Array(20).fill(100));

  const another = ask(0).catch(() => undefined);
  await pass(0);
  expect(commands.slice(20)).toEqual([1]);
  await pass(100);
  await another;
});

test('a Redis that answers after 80 ms decides for 1,000 callers at once, and for those who come meanwhile', async () => {
  const { commands, ask } = slowRedis(80);
  const asked = Array.from({ length: 1_000 }, (_, key) => ask(key));
  for (let ms = 0; ms < 200; ms++) {
    asked.push(ask(1_000 + ms));
    await pass(1);
  }
  const outcomes = Promise.allSettled(asked);
  await pass(100);
  expect((await outcomes).filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(commands.length).toBeLessThan(50);
});

test('what is asked while a fast command is under way goes along with the next one', async () => {
  const { commands, ask } = slowRedis(2);
  const asked = [ask(0)];
  await pass(1);
  asked.push(...Array.from({ length: 99 }, (_, key) => ask(key)));
  await pass(10);
  await Promise.all(asked);
  expect(commands).toEqual([1, 99]);
});
