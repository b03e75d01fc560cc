import { expect, onTestFinished, test, vi } from 'vitest';
import { createRateLimiter } from './rate-limiter.ts';

const limit = { perSecond: 0.001, burst: 5 };

test('what a bucket of the process decides because its Redis does not is counted', async () => {
  let counted = 0;
  const onOwn = () => {
    counted += 1;
  };
  for (const usable of [true, false]) {
    const run = () => Promise.reject(new Error('no answer'));
    const limiter = createRateLimiter({ usable: () => usable, run }, 'test:', onOwn);
    counted = 0;
    expect(await limiter.take('one', limit, 1)).toMatchObject({ admitted: true });
    expect(counted, `usable: ${usable}`).toBe(1);
  }
  counted = 0;
  expect(await createRateLimiter(undefined, 'test:', onOwn).take('one', limit, 1)).toMatchObject({
    admitted: true,
  });
  expect(counted, 'without Redis').toBe(0);
});

test('what was taken ahead of a caller serves their next requests for ten seconds, without a question to Redis', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let asked = 0;
  // Gives whatever is wanted.
  const run = async (_name: string, _script: string, _keys: string[], args: string[]) => {
    asked += 1;
    return [Number(args[3]), 100, 0, 1_000];
  };
  const limiter = createRateLimiter({ usable: () => true, run }, 'test:');
  const large = { perSecond: 50, burst: 500 };
  for (const [seconds, questions] of [
    [0, 1],
    [3, 1],
    [6, 1],
    [2, 2],
  ] as const) {
    vi.advanceTimersByTime(1_000 * seconds);
    expect(await limiter.take('one', large, 1)).toMatchObject({ admitted: true });
    expect(asked).toBe(questions);
  }
});
