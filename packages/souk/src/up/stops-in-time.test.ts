import { expect, test } from 'vitest';
import { stopsInTime } from './stops-in-time.ts';

const longMs = 3_600_000;

test('what does not stop, or fails to, holds nobody', async () => {
  expect(await stopsInTime(() => new Promise(() => undefined), 1)).toBe(false);
  expect(await stopsInTime(() => Promise.reject(new Error('broken')), longMs)).toBe(false);
});

test('what stops is waited for', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopped = stopsInTime(() => promise, longMs);
  resolve();
  expect(await stopped).toBe(true);
});
