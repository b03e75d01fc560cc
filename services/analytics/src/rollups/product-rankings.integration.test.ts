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
/** Changes, and how many minutes pass before they are added; the clock may be an hour off and be set right. */
const steps = fc.array(
  fc.record({
    changes: fc.array(change, { minLength: 1, maxLength: 150, size: 'max' }),
    passing: fc.constantFrom(0, 0, 0, 1, 60, -60),
  }),
  { minLength: 2, maxLength: 6, size: 'max' },
);

const append = (changes: { product: number; minutesAgo: number; views: number }[], at: Date) => {
  const rows = changes.map(({ product, minutesAgo, views }) => ({
    bucket: new Date(Math.floor(at.getTime() / 60_000 - minutesAgo) * 60_000),
    product_id: testId('product', product),
    ...{ currency: '', views, likes: 0, carts: 0, purchases: 0, units: 0, returned_units: 0 },
    ...{ gross_minor: 0, refunded_minor: 0 },
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

const windows = () => database.db.sql`
  select window_name, product_id, views from product_windows order by window_name, product_id`;

const summedAgain = () => database.db.sql`
  select name as window_name, product_id, sum(views)::bigint as views
  from ranking_windows join product_rollups
    on granularity = 'minute'
      and (length is null or (bucket >= date_trunc(begins_with::text, until - length, 'UTC') and bucket < until))
  group by name, product_id order by name, product_id`;

test('windows hold the sums of their minutes, wherever the clock goes, and the rankings are theirs', async () => {
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
        expect(await windows()).toEqual(await summedAgain());
        expect(await rankings()).toEqual(await sortedAgain());
      }
    }),
    { numRuns: 10 },
  );
});
