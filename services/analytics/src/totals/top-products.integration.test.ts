import { createMetrics } from '@souk/service-kit/metrics.ts';
import { openPeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { silent } from '@souk/service-kit/testing/ledger.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { productPurchased, purchaseData } from '../testing/events.ts';
import { testHttp } from '../testing/test-http.ts';
import { topProducts } from './top-products.ts';

const yesterday = '2026-03-17T21:30:00.000Z';
const today = '2026-03-18T09:30:00.000Z';
/** Both days are in its last 24 hours. */
const noon = new Date('2026-03-18T12:00:00.000Z');
/** Only today is. */
const midnight = new Date('2026-03-19T00:00:00.000Z');

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());

/** What a metric shows at the ranks from 1 on; a hole where one is absent. */
const shown = async (metrics: ReturnType<typeof createMetrics>, name: string): Promise<number[]> => {
  const values: number[] = [];
  for (const [, rank, value] of (await metrics.registry.metrics()).matchAll(
    new RegExp(`^${name}\\{rank="(\\d+)",service="analytics"\\} (\\d+)$`, 'gm'),
  ))
    values[Number(rank) - 1] = Number(value);
  return values;
};

const readUntil = async (
  metrics: ReturnType<typeof createMetrics>,
  units: number[],
  revenueMinor: number[],
) => {
  const reading = openPeriodicTask(topProducts(database.db, metrics), silent);
  reading.start();
  await eventually(async () => {
    expect(await shown(metrics, 'souk_top_product_units_sold')).toEqual(units);
    expect(await shown(metrics, 'souk_top_product_revenue_minor')).toEqual(revenueMinor);
  });
  await reading.stop();
};

/** The values of `products/top`, the first rank first. */
const ranking = async (metric: string, now: Date): Promise<number[]> => {
  const http = await testHttp(database.db, () => now);
  const { items } = (await http.inject(`/api/v1/analytics/products/top?metric=${metric}&window=24h`)).json();
  await http.close();
  return items.map(({ value }: { value: number }) => value);
};

test('shows at each rank what the ranking of the API has there, and no rank that nothing has', async () => {
  // Yesterday twelve products sold, at prices that rank them otherwise than their units do; today two, one for nothing.
  await database.apply([
    ...Array.from({ length: 12 }, (_, index) =>
      productPurchased(
        { sequence: index + 1 },
        purchaseData(index + 1, yesterday, { quantity: index + 1, unitPriceMinor: 10 ** (6 - (index % 6)) }),
      ),
    ),
    productPurchased({ sequence: 13 }, purchaseData(3, today, { quantity: 4, unitPriceMinor: 1_999 })),
    productPurchased({ sequence: 14 }, purchaseData(5, today, { quantity: 1, unitPriceMinor: 0 })),
  ]);
  await database.fold(noon);
  const metrics = createMetrics('analytics');

  const revenue = await ranking('revenue', noon);
  expect(revenue).toHaveLength(10);
  await readUntil(
    metrics,
    await ranking('units', noon),
    revenue.map((major) => Math.round(major * 100)),
  );

  await database.fold(midnight);
  await readUntil(metrics, [4, 1], [7_996]);
  expect(await ranking('units', midnight)).toEqual([4, 1]);
  expect(await ranking('revenue', midnight)).toEqual([79.96]);
});
