import { expect, test } from 'vitest';
import { backoffMs, defaultBackoff, wait } from './backoff.ts';

test('the longest wait doubles from 100 ms to 30 s and stays there', () => {
  const longest = (attempt: number) => backoffMs(attempt, { ...defaultBackoff, random: () => 0.999_999 });
  expect([0, 1, 2, 8, 9, 50, 5_000].map(longest)).toEqual([99, 199, 399, 25_599, 29_999, 29_999, 29_999]);
});

test('a wait is anywhere between nothing and the longest', () => {
  expect(backoffMs(3, { ...defaultBackoff, random: () => 0 })).toBe(0);
  expect(backoffMs(3, { ...defaultBackoff, random: () => 0.5 })).toBe(400);
});

test('an abort ends a wait, before it and during it', async () => {
  await wait(60_000, AbortSignal.abort());
  const abort = new AbortController();
  const waiting = wait(60_000, abort.signal);
  abort.abort();
  await waiting;
});
