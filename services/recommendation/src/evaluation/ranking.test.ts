import { expect, test } from 'vitest';
import { createLogBuilder } from './interaction-log.ts';
import { itemKnn } from './item-knn.ts';
import { randomNumbers } from './random.ts';
import { createRanking, drawNegatives } from './ranking.ts';
import { trainingDataOf } from './training-data.ts';

/** Products a to e are 0 to 4; popularity a 3, b 2, c 2, d 1, e 0. */
const data = (() => {
  const builder = createLogBuilder();
  for (const [user, products] of Object.entries({ u: 'abc', v: 'ab', w: 'acd' }))
    for (const product of products) builder.add({ user, product, atMs: 0, type: 'view' });
  builder.add({ user: 'x', product: 'e', atMs: 1, type: 'view' });
  return trainingDataOf(
    builder.finish(),
    Int32Array.from({ length: 8 }, (_, at) => at),
  );
})();
const sought = (product: number, ...without: number[]) => ({ product, without: new Set(without) });

test('a list is continued by popularity, without what the user has', () => {
  const ranking = createRanking([3, 1], data);
  expect(ranking.shown(new Set(), 5)).toEqual([3, 1, 0, 2, 4]);
  expect(ranking.shown(new Set([1, 0]), 5)).toEqual([3, 2, 4]);
  expect(ranking.rankOf(sought(2))).toBe(4);
  expect(ranking.rankOf(sought(2, 1, 0))).toBe(2);
});

test('the rank among drawn products is that of the whole ranking', () => {
  const ranking = createRanking([3, 1], data);
  expect(ranking.rankAmong(2, [4, 3])).toBe(2);
  expect(ranking.rankAmong(4, [0, 1, 2, 3])).toBe(5);
});

test('drawn are different products that the user does not have, never the one that is sought', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const drawn = drawNegatives(sought(7, 1, 2, 3), 1_000, 99, randomNumbers(seed));
    expect(new Set(drawn).size).toBe(99);
    for (const product of [7, 1, 2, 3]) expect(drawn).not.toContain(product);
  }
  expect(drawNegatives(sought(0, 1), 5, 99, randomNumbers(1)).sort()).toEqual([2, 3, 4]);
});

test('item-kNN scores as computed by hand: c / (√(n·m) + h), summed over the products of the user', () => {
  // To d: a 1/(√3+1) = 0.366, c 1/(√2+1) = 0.414. To b: a 2/(√6+1) = 0.580, c 1/(2+1) = 0.333.
  const settings = { neighbours: 10, shrinkage: 1, items: 'all' as const };
  expect(itemKnn(data, settings)({ session: [], before: [0] })).toEqual([1, 2, 3]);
  expect(itemKnn(data, settings)({ session: [], before: [2] })).toEqual([0, 3, 1]);
  expect(itemKnn(data, { ...settings, neighbours: 1 })({ session: [], before: [2] })).toEqual([0]);
  expect(itemKnn(data, { ...settings, items: 1 })({ session: [2], before: [0] })).toEqual([0, 3, 1]);
});
