import { expect, test, vi } from 'vitest';
import { sharedBuckets } from './shared-buckets.ts';

test('no question waits longer than a command may take, however many are before it, nor is asked afterwards', async () => {
  const commands: { keys: readonly string[]; answer(reply: number[]): void }[] = [];
  const run = (_: string, __: string, keys: readonly string[]) =>
    new Promise((answer) => void commands.push({ keys, answer }));
  const buckets = sharedBuckets({ run }, '');
  const ask = (key: string) => buckets.take(key, { perSecond: 1, burst: 1 }, { need: 1, want: 1 });

  const outcomes = await Promise.allSettled(Array.from({ length: 250 }, (_, index) => ask(`${index}`)));
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  expect(commands.map(({ keys }) => keys.length)).toEqual([100]);

  commands[0]?.answer([]);
  const late = ask('another').catch(() => undefined);
  await vi.waitFor(() => expect(commands.map(({ keys }) => keys.length)).toEqual([100, 1]));
  commands[1]?.answer([1, 0, 0, 1_000]);
  await late;
});
