import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { testId } from '../testing/messages.ts';
import { rankingMax } from './product-rankings.ts';

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());

const now = new Date('2026-03-18T09:47:12.345Z');
const products = 2 * rankingMax;

/** What batches add: views of a product, some minutes ago. */
const change = fc.record({
  product: fc.integer({ min: 1, max: products }),
  minutesAgo: fc.integer({ min: 0, max: 120 }),
  views: fc.integer({ min: 1, max: 5 }),
});
/** At first every product has views that soon leave the last hour. */
const before = fc
  .array(fc.record({ minutesAgo: fc.integer({ min: 55, max: 59 }), views: fc.integer({ min: 1, max: 5 }) }), {
    minLength: products,
    maxLength: products,
  })
  .map((given) => given.map((one, index) => ({ ...one, product: index + 1 })));
/** Changes, and how many minutes pass before they are added. */
const steps = fc.array(
  fc.record({
    changes: fc.array(change, { minLength: 1, maxLength: 150 }),
    passing: fc.constantFrom(0, 0, 0, 1),
  }),
  { minLength: 2, maxLength: 6 },
);

const append = (changes: { product: number; minutesAgo: number; views: number }[], at: Date) => {
  const rows = changes.map(({ product, minutesAgo, views }) => ({
    bucket: new Date(Math.floor(at.getTime() / 60_000 - minutesAgo) * 60_000),
    product_id: testId('product', product),
    ...{ views, likes: 0, carts: 0, purchases: 0, units: 0, revenue_minor: 0 },
  }));
  return database.db.sql`insert into product_changes ${database.db.sql(rows)}`;
};

const rankings = () => database.db.sql`
  select window_name, product_ids, amounts from product_rankings where metric = 'views' and product_ids <> '{}' order by window_name`;

const sortedAgain = () => database.db.sql`
  select name as window_name, array_agg(product_id order by views desc, product_id) as product_ids,
    array_agg(views::numeric order by views desc, product_id) as amounts
  from ranking_windows join lateral (
    select product_id, views from product_windows where window_name = name and views > 0
    order by views desc, product_id limit ${rankingMax}
  ) as first on true
  group by name order by name`;

test('a ranking that looks at the products that have grown is that of all products', async () => {
  await fc.assert(
    fc.asyncProperty(before, steps, async (first, given) => {
      await database.clear();
      await database.windowsUntil(new Date('2026-03-18T09:00:00Z'));
      let minutes = 0;
      for (const { changes, passing } of [{ changes: first, passing: 0 }, ...given]) {
        minutes += passing;
        const at = new Date(now.getTime() + minutes * 60_000);
        await append(changes, at);
        await database.fold(at);
        expect(await rankings()).toEqual(await sortedAgain());
      }
    }),
    { numRuns: 20 },
  );
});
