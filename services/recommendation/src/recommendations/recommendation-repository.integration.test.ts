import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recommenderOf } from '../recommendation-http.ts';
import { publisher } from '../testing/events.ts';
import { type Projected, testProjected, testScoring } from '../testing/projected.ts';
import { normalise } from './recommendation-query.ts';

const products = Array.from({ length: 8 }, (_, n) => `0198c1de-3b00-7000-8000-0000000000a${n}`);
const [a, b, c, d] = products as [string, string, string, string];

let projected: Projected;
let top: (asked: Parameters<typeof normalise>[0]) => Promise<string[]>;
beforeAll(async () => {
  projected = await testProjected();
  const { recommend } = recommenderOf(projected.db, testScoring);
  top = async (asked) => (await recommend(normalise(asked), new Date())).map(({ row }) => row.product_id);
});
beforeEach(() => projected.clear());
afterAll(() => projected.close());

describe('the most popular products', () => {
  test('are in the order of a direct count, ties by id', async () => {
    const types = [...testScoring.weights.keys()];
    const activities = fc.array(fc.tuple(fc.constantFrom(...products), fc.constantFrom(...types)), {
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(activities, async (happened) => {
        await projected.clear();
        const { activity, product } = publisher();
        await projected.apply([
          ...products.map((product_id) => product({ product_id })),
          ...happened.map(([product_id, type]) => activity({ product_id, type })),
        ]);
        const count = (id: string) =>
          happened
            .filter(([product_id]) => product_id === id)
            .reduce((sum, [, type]) => sum + (testScoring.weights.get(type) as number), 0);
        const counted = products.toSorted(
          (one, other) => count(other) - count(one) || (one < other ? -1 : 1),
        );
        expect(await top({})).toEqual(counted);
      }),
      { numRuns: 20 },
    );
  });

  test('are followed by those without activity, by id', async () => {
    const { activity, product } = publisher();
    await projected.apply([d, c, b, a].map((product_id) => product({ product_id })));
    await projected.apply([activity({ product_id: c })]);
    expect(await top({})).toEqual([c, a, b, d]);
    expect(await top({ strategy: 'trending' })).toEqual([c, a, b, d]);
  });
});

describe('what is trending', () => {
  test('puts one new view before many old purchases that popular puts first', async () => {
    const { activity, product } = publisher();
    const lastYear = new Date(Date.now() - 365 * 86_400_000).toISOString();
    await projected.apply([
      product({ product_id: a }),
      product({ product_id: b }),
      ...Array.from({ length: 50 }, () =>
        activity({ product_id: a, type: 'purchase', occurred_at: lastYear }),
      ),
      activity({ product_id: b, type: 'view' }),
    ]);
    expect(await top({ strategy: 'popular' })).toEqual([a, b]);
    expect(await top({ strategy: 'trending' })).toEqual([b, a]);
  });

  test('goes by when something happened, not by when it arrived', async () => {
    const { activity, product } = publisher();
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await projected.apply([product({ product_id: a }), product({ product_id: b })]);
    await projected.apply([activity({ product_id: b, occurred_at: hoursAgo(1) })]);
    await projected.apply([activity({ product_id: a, occurred_at: hoursAgo(30) })]);
    expect(await top({ strategy: 'trending' })).toEqual([b, a]);
  });
});

describe.each(['popular', 'trending'] as const)('an answer of strategy %s', (strategy) => {
  test('leaves out deleted, sold out and unknown products, and takes back what is in stock again', async () => {
    const { activity, product, productDeleted } = publisher();
    await projected.apply([
      ...[a, b, c].map((product_id) => product({ product_id })),
      ...[a, b, c, d].map((product_id) => activity({ product_id })),
    ]);
    await projected.apply([productDeleted(a, 2), product({ product_id: b, version: 2, stock: 0 })]);
    expect(await top({ strategy })).toEqual([c]);

    await projected.apply([product({ product_id: b, version: 3, stock: 4 })]);
    expect(await top({ strategy })).toEqual([b, c]);
  });

  test('holds only the category asked for, without the excluded products, up to the limit', async () => {
    const { product } = publisher();
    await projected.apply([
      ...[a, b, c].map((product_id) => product({ product_id, category: 'Home' })),
      product({ product_id: d, category: 'Garden' }),
    ]);
    expect(await top({ strategy, category: 'Home' })).toEqual([a, b, c]);
    expect(await top({ strategy, category: 'Home', exclude: [b] })).toEqual([a, c]);
    expect(await top({ strategy, category: 'Home', exclude: [a], limit: 1 })).toEqual([b]);
    expect(await top({ strategy, category: 'home' })).toEqual([]);
    expect(await top({ strategy, exclude: [a, b, c, d] })).toEqual([]);
  });

  test.each([undefined, 'Home'])(
    'reads the start of an index, however many products there are (category %s)',
    async (category) => {
      await projected.apply(catalogue(3_000));
      const { sql } = projected.db;
      await sql`analyze products`;
      const index = `products_${strategy}${category ? '_by_category' : ''}`;
      // A connection reports what it has read when it is told to: more questions than the pool has connections.
      const report = () => projected.db.get('report', (sql) => sql`select pg_stat_force_next_flush()`);
      const read = async () => {
        await Promise.all(Array.from({ length: 20 }, report));
        const [row] = await sql<[{ entries: number }]>`
        select idx_tup_read as entries from pg_stat_user_indexes where indexrelname = ${index}`;
        return row.entries;
      };
      const before = await read();
      for (let asked = 0; asked < 10; asked++)
        expect(
          await top({ strategy, limit: 10, exclude: [a, b], ...(category ? { category } : {}) }),
        ).toHaveLength(10);
      const entries = (await read()) - before;
      expect(entries).toBeGreaterThanOrEqual(100);
      expect(entries).toBeLessThan(300);
    },
  );
});

/** Products of two categories and of none, every other one with activity. */
const catalogue = (size: number): ReceivedMessage[] => {
  const { activity, product } = publisher();
  const ids = Array.from(
    { length: size },
    (_, n) => `0198c1de-3b00-7000-8000-${n.toString(16).padStart(12, '0')}`,
  );
  const category = (n: number) => (n % 12 === 0 ? 'Home' : n % 2 ? 'Garden' : null);
  return ids.flatMap((product_id, n) => [
    product({ product_id, category: category(n) }),
    ...(n % 2 ? [activity({ product_id })] : []),
  ]);
};
