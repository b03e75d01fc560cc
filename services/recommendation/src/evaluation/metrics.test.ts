import { expect, test } from 'vitest';
import { coverage, estimate, hitAt, ndcgAt, novelty, reciprocalAt } from './metrics.ts';

test('the measures of one rank are those computed by hand', () => {
  expect([1, 3, 10, 11].map((rank) => hitAt(rank, 10))).toEqual([1, 1, 1, 0]);
  expect([1, 4, 11, Number.POSITIVE_INFINITY].map((rank) => reciprocalAt(rank, 10))).toEqual([1, 0.25, 0, 0]);
  // 1 / log2(1 + 1), 1 / log2(3 + 1), 1 / log2(7 + 1)
  expect([1, 3, 7, 11].map((rank) => ndcgAt(rank, 10))).toEqual([1, 0.5, 1 / 3, 0]);
});

test('the mean is over all questions, whatever group they are in', () => {
  expect(estimate([[1, 0, 0], [1]], 1).value).toBe(0.5);
  expect(estimate([], 1).value).toBeNaN();
});

test('the 95 % interval of independent questions is that of the normal distribution', () => {
  // 400 questions of which 100 hit: 0.25 ± 1.96 · √(0.25 · 0.75 / 400) = 0.25 ± 0.0424
  const { value, low, high } = estimate(
    Array.from({ length: 400 }, (_, n) => [n < 100 ? 1 : 0]),
    7,
  );
  expect(value).toBe(0.25);
  expect(low).toBeCloseTo(0.25 - 0.0424, 2);
  expect(high).toBeCloseTo(0.25 + 0.0424, 2);
});

test('questions of one session that are alike do not make the interval narrower', () => {
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  const sessions = Array.from({ length: 40 }, (_, n) => [n % 4 === 0 ? 1 : 0]);
  const tenTimes = sessions.map(([hit = 0]) => Array.from({ length: 10 }, () => hit));
  expect(width(estimate(tenTimes, 3))).toBeCloseTo(width(estimate(sessions, 3)), 10);
});

test('the same seed gives the same interval', () => {
  const groups = Array.from({ length: 50 }, (_, n) => [n % 3, n % 2]);
  expect(estimate(groups, 5)).toEqual(estimate(groups, 5));
});

test('coverage counts each product once, novelty what few users had', () => {
  expect(
    coverage(
      [
        [1, 2],
        [2, 3],
      ],
      6,
    ),
  ).toBe(0.5);
  // Of 8 users all had product 0, one had product 1: 0 bits and 3 bits.
  expect(novelty([[0, 1]], [{ length: 8 }, { length: 1 }], 8)).toBe(1.5);
});
