import { expect, test } from 'vitest';
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
