import fc from 'fast-check';
import { expect, test } from 'vitest';
import { demoCatalogue, demoProductsMax } from './catalogue.ts';
import { shoppingSession, stepsMean } from './session.ts';
import { type ShopperEvent, type ShopperStreamOptions, shopperStream } from './shopper-stream.ts';
import { weightedSampler, zipfWeights } from './zipf.ts';

const categories = demoCatalogue(200).map(({ category }) => category);
const options: ShopperStreamOptions = { seed: 1, users: 100, categories, rate: 50 };
const take = (count: number, changes: Partial<ShopperStreamOptions> = {}): ShopperEvent[] => {
  const stream = shopperStream({ ...options, ...changes });
  return Array.from({ length: count }, () => stream.next().value);
};

const anyOptions = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  users: fc.integer({ min: 1, max: 500 }),
  categories: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 60 }),
  rate: fc.double({ min: 0.1, max: 500, noNaN: true }),
});

/** A generator of its own, so that a session's seed is all it depends on. */
const randomFrom = (values: number[]) => {
  let next = 0;
  return () => values[next++ % values.length] as number;
};

test('the same options give the same stream', () => {
  fc.assert(
    fc.property(anyOptions, (any) => {
      expect(take(200, any)).toEqual(take(200, any));
    }),
    { numRuns: 30 },
  );
});

test('another seed gives another stream', () => {
  expect(take(50, { seed: 2 })).not.toEqual(take(50));
});

test('whatever the options, events come in order of time, by shoppers and of products that there are', () => {
  fc.assert(
    fc.property(anyOptions, (any) => {
      let beforeMs = 0;
      for (const { atMs, user, product, type, quantity } of take(300, any)) {
        expect(atMs).toBeGreaterThanOrEqual(beforeMs);
        expect(user).toBeLessThan(any.users);
        expect(product).toBeLessThan(any.categories.length);
        expect(quantity === undefined).toBe(type === 'view' || type === 'like');
        beforeMs = atMs;
      }
    }),
    { numRuns: 30 },
  );
});

test('a shopper likes and carts only what was just viewed, and buys the whole cart or nothing', () => {
  const randomness = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
    minLength: 5,
    maxLength: 200,
  });
  fc.assert(
    fc.property(randomness, (values) => {
      const steps = shoppingSession(randomFrom(values), (random) => Math.floor(random() * 10));
      const only = (type: string) =>
        steps.filter((step) => step.type === type).map(({ product, quantity }) => ({ product, quantity }));
      for (const [index, { type, product }] of steps.entries()) {
        const viewed = steps.slice(0, index).findLast((step) => step.type === 'view');
        if (type === 'like' || type === 'add_to_cart') expect(product).toBe(viewed?.product);
      }
      expect([[], only('add_to_cart')]).toContainEqual(only('purchase'));
    }),
  );
});

test('keeps the wanted rate from the first seconds on', () => {
  const events = take(30_000);
  const within = (fromS: number, toS: number) =>
    events.filter(({ atMs }) => atMs >= fromS * 1_000 && atMs < toS * 1_000).length / (toS - fromS);
  expect(within(0, 20) / 50).toBeCloseTo(1, 0);
  expect(within(0, 500) / 50).toBeGreaterThan(0.93);
  expect(within(0, 500) / 50).toBeLessThan(1.07);
});

test('the stated mean length of a session is the true one', () => {
  const counts = Object.groupBy(take(50_000), ({ type }) => type);
  const share = (type: keyof typeof counts) => (counts[type]?.length ?? 0) / 50_000;
  expect(share('view') * stepsMean).toBeCloseTo(4, 0);
  expect(share('like') / share('view')).toBeCloseTo(0.12, 1);
  expect(share('add_to_cart') / share('view')).toBeCloseTo(0.25, 1);
  expect(share('purchase') / share('add_to_cart')).toBeCloseTo(0.5, 1);
});

test('draws every rank as often as the law of Zipf says', () => {
  const draw = weightedSampler(zipfWeights(50, 1));
  const harmonic = zipfWeights(50, 1).reduce((sum, weight) => sum + weight, 0);
  const draws = 100_000;
  const counts = new Array<number>(50).fill(0);
  // Evenly spread numbers instead of random ones: the shares must then be right to one draw.
  for (let i = 0; i < draws; i += 1) {
    const rank = draw(() => i / draws);
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  for (const [index, count] of counts.entries()) {
    const expected = draws / harmonic / (index + 1);
    expect(Math.abs(count - expected)).toBeLessThanOrEqual(1);
  }
});

test('looks at few products much and at most products little, and at all of them in the end', () => {
  const views = new Map<number, number>();
  for (const { type, product } of take(60_000))
    if (type === 'view') views.set(product, (views.get(product) ?? 0) + 1);
  const counts = [...views.values()].sort((a, b) => b - a);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const top = counts.slice(0, 20).reduce((sum, count) => sum + count, 0);
  expect(counts.length).toBe(200);
  // 20 of 200 under Zipf's law with exponent 1: H(20) / H(200) = 0.61; tastes flatten it a little.
  expect(top / total).toBeGreaterThan(0.5);
  expect(top / total).toBeLessThan(0.68);
  // On a log-log plot the counts fall with a slope of about -1.
  const slope = Math.log((counts[99] as number) / (counts[4] as number)) / Math.log(100 / 5);
  expect(slope).toBeGreaterThan(-1.3);
  expect(slope).toBeLessThan(-0.7);
});

test('every shopper has a taste', () => {
  const byUser = Map.groupBy(
    take(60_000).filter(({ type }) => type === 'view'),
    ({ user }) => user,
  );
  const shares = [...byUser.values()].map((views) => {
    const counts = [...Map.groupBy(views, ({ product }) => categories[product]).values()].map(
      ({ length }) => length,
    );
    const [first = 0, second = 0] = counts.sort((a, b) => b - a);
    return (first + second) / views.length;
  });
  // Two favourites of eight categories: 0.7 of the views, and a quarter of the others; 0.25 without tastes.
  expect(Math.min(...shares)).toBeGreaterThan(0.55);
});

test('the catalogue has distinct names and skus, and grows without changing what was there', () => {
  const catalogue = demoCatalogue(demoProductsMax);
  expect(new Set(catalogue.map(({ sku }) => sku)).size).toBe(demoProductsMax);
  expect(new Set(catalogue.map(({ name }) => name)).size).toBe(demoProductsMax);
  expect(demoCatalogue(200)).toEqual(catalogue.slice(0, 200));
  for (const { price } of catalogue) expect(Math.round(price * 100) / 100).toBe(price);
});
