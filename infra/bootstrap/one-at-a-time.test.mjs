import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.mjs';

test('two starts at the same moment install one after the other, also when the first fails', async () => {
  /** @type {string[]} */
  const steps = [];
  const { promise: finished, reject: fail } = Promise.withResolvers();
  const { promise: begun, resolve: begin } = Promise.withResolvers();
  const first = oneAtATime(async () => {
    begin(undefined);
    await finished.finally(() => steps.push('first ends'));
  });
  await begun;
  const second = oneAtATime(async () => steps.push('second begins'));

  fail(new Error('no network'));

  await expect(first).rejects.toThrow('no network');
  await second;
  expect(steps).toEqual(['first ends', 'second begins']);
});
