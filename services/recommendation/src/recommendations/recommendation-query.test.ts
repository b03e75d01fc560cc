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
    { strategy: 'similar' as const, product_id: a },
    { strategy: 'similar' as const, product_id: b },
    { user_id: a },
    { user_id: b },
    { user_id: a, bought: 'include' as const },
    { user_id: a, strategy: 'popular' as const },
  ];
  expect(new Set(questions.map((query) => cacheKey(normalise(query)))).size).toBe(questions.length);
});

test('asks for a user by what that user did, and for nobody by what is popular', () => {
  expect(normalise({}).strategy).toBe('popular');
  expect(normalise({ user_id: a }).strategy).toBe('personal');
  expect(normalise({ user_id: a, strategy: 'trending' }).strategy).toBe('trending');
});

test.each([
  ['personal', 'user_id'],
  ['similar', 'product_id'],
] as const)('refuses the strategy %s without %s', (strategy, field) => {
  expect(() => normalise({ strategy })).toThrow(
    expect.objectContaining({
      statusCode: 400,
      problem: expect.objectContaining({ errors: [expect.objectContaining({ field })] }),
    }),
  );
});

test('gives the same question in another variant of an experiment another key', () => {
  const query = normalise({ user_id: a });
  const variants = [
    ['one', 'a'],
    ['one', 'b'],
    ['two', 'a'],
  ] as const;
  const keys = variants.map(([experiment, variant]) => cacheKey(query, { experiment, variant }));
  expect(new Set([...keys, cacheKey(query)]).size).toBe(4);
});
