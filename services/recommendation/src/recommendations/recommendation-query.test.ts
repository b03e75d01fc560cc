import { expect, test } from 'vitest';
import { cacheKey, normalise, splitExclude } from './recommendation-query.ts';

const a = '0198c1de-3b00-7000-8000-0000000000a1';
const b = '0198c1de-3b00-7000-8000-0000000000b2';

const split = (exclude: unknown) => {
  const query = { exclude };
  splitExclude(query);
  return query.exclude;
};

test('takes excluded ids separated by commas, given one by one, or both', () => {
  expect(split(`${a},${b}`)).toEqual([a, b]);
  expect(split([a, b])).toEqual([a, b]);
  expect(split([`${a},${b}`, a])).toEqual([a, b, a]);
  expect(split(undefined)).toBeUndefined();
  expect(split('')).toEqual([]);
});

test('gives questions that ask for the same one key', () => {
  const key = cacheKey(normalise({ exclude: [a, b] }));
  expect(
    cacheKey(normalise({ exclude: [b, a.toUpperCase(), a], limit: 10, strategy: 'popular', category: '' })),
  ).toBe(key);
});

test('gives questions that ask for something else another key', () => {
  const questions = [
    {},
    { limit: 11 },
    { strategy: 'trending' as const },
    { category: 'Home' },
    { category: 'null' },
    { category: '10' },
    { exclude: [a] },
    { exclude: [b] },
    { exclude: [a, b] },
    { category: a },
  ];
  expect(new Set(questions.map((query) => cacheKey(normalise(query)))).size).toBe(questions.length);
});
