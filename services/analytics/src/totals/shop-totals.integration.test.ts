import { createMetrics } from '@souk/service-kit/metrics.ts';
import { openPeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { silent } from '@souk/service-kit/testing/ledger.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import {
  activityData,
  activityRecorded,
  productPurchased,
  purchaseData,
  userDeleted,
  userSaved,
} from '../testing/events.ts';
import { shopTotals } from './shop-totals.ts';

const yesterday = '2026-03-17T09:30:00.000Z';
const today = '2026-03-18T09:30:00.000Z';

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());

/** The lines of `souk_…` metrics of /metrics. */
const shown = async (metrics: ReturnType<typeof createMetrics>) =>
  (await metrics.registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('souk_'))
    .sort();

test('shows no total before it has read one, and then those of all days and types', async () => {
  await database.apply([
    userSaved({ sequence: 1 }, 1, 1),
    userSaved({ sequence: 2 }, 2, 1),
    userDeleted({ sequence: 3 }, 2, 2),
    activityRecorded({ sequence: 4 }, activityData(1, 'view', yesterday, { product: 7 })),
    activityRecorded({ sequence: 5 }, activityData(1, 'view', today, { product: 7 })),
    activityRecorded({ sequence: 6 }, activityData(1, 'newsletter', today)),
    activityRecorded({ sequence: 7 }, activityData(1, 'search', today)),
  ]);
  await database.apply([
    productPurchased(
      { sequence: 1 },
      purchaseData(7, today, { user: 1, quantity: 2, unitPriceMinor: 1_250 }),
    ),
  ]);
  const metrics = createMetrics('analytics');
  const totals = openPeriodicTask(shopTotals(database.db, metrics), silent);
  expect(await shown(metrics)).toEqual([]);

  totals.start();
  await eventually(async () =>
    expect(await shown(metrics)).toEqual([
      'souk_activity_total{type="add_to_cart",service="analytics"} 0',
      'souk_activity_total{type="like",service="analytics"} 0',
      'souk_activity_total{type="other",service="analytics"} 2',
      'souk_activity_total{type="purchase",service="analytics"} 0',
      'souk_activity_total{type="view",service="analytics"} 2',
      'souk_purchases_total{service="analytics"} 1',
      'souk_registrations_total{service="analytics"} 2',
      'souk_revenue_minor_total{service="analytics"} 2500',
      'souk_units_sold_total{service="analytics"} 2',
    ]),
  );
  await totals.stop();
});
