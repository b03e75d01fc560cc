import { expect, test } from 'vitest';
import { dampingPower, votesDamped } from './rarity.ts';

const [few, many] = [4, 400];
/** How many times the votes of a product of few shoppers one of many needs for the same score. */
const handicap = (products: number, habit: number): number => {
  const power = dampingPower(products, habit);
  return votesDamped(few, power) / votesDamped(many, power);
};

test('for one product votes alone decide, and for a longer session rare products need the fewer votes', () => {
  const handicaps = [1, 2, 5, 12].map((products) => handicap(products, 0));
  expect(handicaps[0]).toBe(1);
  expect(handicaps).toEqual(handicaps.toSorted((a, b) => a - b));
  expect(handicaps.at(-1)).toBeGreaterThan(4);
});

test('the more a shopper does again, the less it matters how many have a product', () => {
  const handicaps = [0, 0.2, 0.5, 1].map((habit) => handicap(12, habit));
  expect(handicaps).toEqual(handicaps.toSorted((a, b) => b - a));
  expect(handicaps.at(-1)).toBe(1);
});
