import type { Http } from '@souk/service-kit/http/http.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import {
  activityData,
  activityRecorded,
  productPurchased,
  productReturned,
  productSaved,
  purchaseData,
  returnData,
  userDeleted,
  userSaved,
} from '../testing/events.ts';
import { testId } from '../testing/messages.ts';
import { testHttp } from '../testing/test-http.ts';

const now = () => new Date('2026-03-18T09:47:12.345Z');
const ordered = '2026-03-18T09:30:00.000Z';
const registered = 1;
const unknown = 2;
const deleted = 3;
const lamp = testId('product', 7);

let database: AnalyticsDatabase;
let http: Http;

/** Four lines of orders, by a user, an id that never registers, a deleted user and nobody; and one activity. */
beforeAll(async () => {
  database = await analyticsDatabase();
  http = await testHttp(database.db, now);
  const line = { quantity: 2, unitPriceMinor: 1_250 };
  await database.apply([
    productSaved({ sequence: 1 }, 7, 1, 'lamp'),
    ...[registered, unknown, deleted, null].map((user, index) =>
      productPurchased({ sequence: index + 2 }, purchaseData(7, ordered, { user, ...line })),
    ),
  ]);
  await database.apply([
    userSaved({ sequence: 1 }, registered, 1),
    userSaved({ sequence: 2 }, deleted, 1),
    userDeleted({ sequence: 3 }, deleted, 2),
    activityRecorded(
      { sequence: 4 },
      activityData(registered, 'purchase', '2026-03-18T09:40:00.000Z', { product: 7, unitPriceMinor: 100 }),
    ),
  ]);
  await database.fold();
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

const get = async (path: string) => (await http.inject(`/api/v1/analytics/${path}`)).json();

test('the lines of orders are purchases of the shop, beside the activities', async () => {
  expect(await get('summary')).toMatchObject({
    users: 1,
    purchases: 5,
    units: 9,
    revenue: 101,
    events: { purchase: 1 },
    events_total: 1,
  });
});

test('the lines of orders are purchases of their product, in its series and in rankings', async () => {
  expect(await get(`products/${lamp}`)).toMatchObject({ totals: { purchases: 5, units: 9, revenue: 101 } });
  expect(await get('products/top?metric=units')).toMatchObject({
    items: [{ product_id: lamp, name: 'lamp', value: 9 }],
  });
});

test('activities by type do not hold orders', async () => {
  const { items } = await get('events?granularity=hour&from=2026-03-18T09:00:00Z&to=2026-03-18T10:00:00Z');
  expect(items).toEqual([{ bucket: '2026-03-18T09:00:00.000Z', events: { purchase: 1 }, events_total: 1 }]);
});

test('the lines of orders are in the figures of their user', async () => {
  expect(await get(`users/${testId('user', registered)}`)).toEqual({
    user_id: testId('user', registered),
    events: { purchase: 2 },
    events_total: 2,
    first_seen: ordered,
    last_seen: '2026-03-18T09:40:00.000Z',
    currency: 'USD',
    revenue: 26,
    revenue_by_currency: { USD: { gross: 26, refunded: 0, net: 26 } },
    favourite_products: [{ product_id: lamp, name: 'lamp', interactions: 2, purchases: 2 }],
  });
});

test('who is no user is not among the active ones, and is not found', async () => {
  expect(await get('summary')).toMatchObject({ active_users: 1 });
  const { items } = await get('users/active?from=2026-03-18T00:00:00Z&to=2026-03-19T00:00:00Z');
  expect(items).toEqual([{ bucket: '2026-03-18T00:00:00.000Z', active_users: 1 }]);
  for (const user of [unknown, deleted])
    expect(await get(`users/${testId('user', user)}`)).toMatchObject({ code: 'user_not_found' });
});

test('an id becomes a user with its orders when it registers', async () => {
  await database.apply([userSaved({ sequence: 5 }, unknown, 1)]);

  expect(await get(`users/${testId('user', unknown)}`)).toMatchObject({ events: { purchase: 1 } });
  expect(await get('summary')).toMatchObject({ users: 2, active_users: 2, purchases: 5 });
});

describe('a return', () => {
  const today = '2026-03-18';
  const bought = (currency: string) =>
    purchaseData(8, `${today}T07:30:00.000Z`, {
      user: registered,
      quantity: 2,
      unitPriceMinor: 1_000,
      currency,
    });

  beforeAll(async () => {
    await database.apply([
      productPurchased({ sequence: 20 }, bought('USD')),
      productPurchased({ sequence: 21 }, bought('JPY')),
      productReturned({ sequence: 22 }, returnData(bought('USD'), `${today}T09:20:00.000Z`, 1)),
      productReturned({ sequence: 23 }, returnData(bought('JPY'), `${today}T09:20:00.000Z`)),
    ]);
    await database.fold();
  });

  test('is taken out of the revenue of its currency at its own time', async () => {
    const { items, totals } = await get(`products/${testId('product', 8)}?granularity=hour`);
    const at = (hour: string) =>
      items.find(({ bucket }: { bucket: string }) => bucket === `${today}T${hour}:00:00.000Z`);
    expect(at('07')).toMatchObject({
      ...{ purchases: 2, units: 4, returned_units: 0, revenue: 20 },
      revenue_by_currency: {
        USD: { gross: 20, refunded: 0, net: 20 },
        JPY: { gross: 20, refunded: 0, net: 20 },
      },
    });
    expect(at('09')).toMatchObject({ purchases: 0, returned_units: 3, revenue: -10 });
    expect(totals).toMatchObject({
      ...{ purchases: 2, units: 4, returned_units: 3, revenue: 10 },
      revenue_by_currency: {
        USD: { gross: 20, refunded: 10, net: 10 },
        JPY: { gross: 20, refunded: 20, net: 0 },
      },
    });
  });

  test('counts in the summary, of its user, and in the ranking by revenue alone', async () => {
    expect((await get('summary')).revenue_by_currency).toMatchObject({
      JPY: { gross: 20, refunded: 20, net: 0 },
    });
    expect((await get(`users/${testId('user', registered)}`)).revenue_by_currency).toMatchObject({
      JPY: { gross: 20, refunded: 20, net: 0 },
    });
    const valueBy = async (metric: string) =>
      (await get(`products/top?metric=${metric}`)).items.find(
        ({ product_id }: { product_id: string }) => product_id === testId('product', 8),
      ).value;
    expect(await Promise.all(['purchases', 'units', 'revenue'].map(valueBy))).toEqual([2, 4, 10]);
  });
});
