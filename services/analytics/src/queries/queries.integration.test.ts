import type { Http } from '@souk/service-kit/http/http.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { totalsRepair } from '../rollups/activity-totals.ts';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import {
  activityData,
  activityRecorded,
  productDeleted,
  productSaved,
  userDeleted,
  userSaved,
} from '../testing/events.ts';
import { testId } from '../testing/messages.ts';
import { testHttp } from '../testing/test-http.ts';
import { pointsMax } from './series.ts';

const now = () => new Date('2026-03-18T09:47:12.345Z');
const u = (number: number) => testId('user', number);
const p = (number: number) => testId('product', number);

/** The story that all answers below were counted from by hand. User 5 was deleted afterwards. */
const activities = [
  activityData(1, 'view', '2026-03-18T09:46:30.000Z', { product: 1 }),
  activityData(1, 'like', '2026-03-18T09:47:05.000Z', { product: 1 }),
  activityData(2, 'add_to_cart', '2026-03-18T09:47:11.000Z', { product: 2 }),
  activityData(1, 'purchase', '2026-03-18T09:30:00.000Z', { product: 1, quantity: 2, unitPriceMinor: 1_250 }),
  activityData(5, 'purchase', '2026-03-18T09:00:00.000Z', { unitPriceMinor: 50 }),
  // The edge of the last hour, 08:48:00, on both of its sides.
  activityData(2, 'purchase', '2026-03-18T08:48:00.000Z', { product: 2, quantity: 3, unitPriceMinor: 199 }),
  activityData(2, 'view', '2026-03-18T08:47:59.999Z', { product: 1 }),
  // The edge of the last day.
  activityData(3, 'view', '2026-03-17T09:48:00.000Z', { product: 3 }),
  activityData(3, 'purchase', '2026-03-17T09:47:59.999Z', { product: 4 }),
  activityData(2, 'purchase', '2026-03-10T12:00:00.000Z', { product: 1, quantity: 1, unitPriceMinor: 1_000 }),
  // One millisecond before the last 30 days.
  activityData(3, 'share', '2026-02-16T09:47:59.999Z'),
  activityData(1, 'purchase', '2010-12-01T08:26:00.000Z', { product: 1, quantity: 6, unitPriceMinor: 255 }),
];

let database: AnalyticsDatabase;
let http: Http;

beforeAll(async () => {
  database = await analyticsDatabase();
  http = await testHttp(database.db, now);

  await database.apply([
    ...[1, 2, 3, 4, 5].map((user) => userSaved({ sequence: user }, user, 1)),
    ...activities.map((data, index) => activityRecorded({ sequence: 10 + index }, data)),
    userDeleted({ sequence: 50 }, 5, 2),
  ]);
  await database.apply([
    productSaved({ sequence: 1 }, 1, 1, 'lamp'),
    productSaved({ sequence: 2 }, 2, 1, 'vase'),
    productSaved({ sequence: 3 }, 3, 1, 'chair'),
    productDeleted({ sequence: 4 }, 3, 2),
  ]);
  await database.fold();
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

const get = async (path: string) => {
  const response = await http.inject(`/api/v1/analytics/${path}`);
  return { status: response.statusCode, body: response.json() };
};

/** The answer to a question that is answered. */
const answer = async (path: string) => {
  const { status, body } = await get(path);
  expect(body).not.toHaveProperty('code');
  expect(status).toBe(200);
  return body;
};

describe('summary', () => {
  test('tells the last 24 hours unless asked otherwise', async () => {
    expect(await answer('summary')).toEqual({
      window: '24h',
      from: '2026-03-17T09:48:00.000Z',
      to: '2026-03-18T09:48:00.000Z',
      users: 4,
      products: 2,
      events: { purchase: 3, view: 3, add_to_cart: 1, like: 1 },
      events_total: 8,
      purchases: 3,
      units: 6,
      returned_units: 0,
      currency: 'USD',
      revenue: 31.47,
      revenue_by_currency: { USD: { gross: 31.47, refunded: 0, net: 31.47 } },
      active_users: 3,
      previous: {
        from: '2026-03-16T09:48:00.000Z',
        to: '2026-03-17T09:48:00.000Z',
        events: { purchase: 1 },
        events_total: 1,
        purchases: 1,
        units: 1,
        returned_units: 0,
        revenue: 0,
        revenue_by_currency: {},
      },
      change: {
        events: { purchase: 2, view: null, add_to_cart: null, like: null },
        events_total: 7,
        purchases: 2,
        units: 5,
        returned_units: null,
        revenue: null,
      },
    });
  });

  test('compares with the window before what became less, and what is gone', async () => {
    const { previous, change } = await answer('summary?window=1h');
    expect(previous).toMatchObject({
      from: '2026-03-18T07:48:00.000Z',
      events: { view: 1 },
      events_total: 1,
    });
    expect(change).toMatchObject({ events: { view: 0, purchase: null }, events_total: 5, revenue: null });
  });

  test('compares the window all with nothing', async () => {
    expect(await answer('summary?window=all')).toMatchObject({ previous: null, change: null });
  });

  test.each([
    [
      '1h',
      '2026-03-18T08:48:00.000Z',
      { events_total: 6, purchases: 3, units: 6, revenue: 31.47, active_users: 2 },
    ],
    [
      '7d',
      '2026-03-11T09:00:00.000Z',
      { events_total: 9, purchases: 4, units: 7, revenue: 31.47, active_users: 3 },
    ],
    [
      '30d',
      '2026-02-16T09:00:00.000Z',
      { events_total: 11, purchases: 5, units: 8, revenue: 41.47, active_users: 3 },
    ],
    ['all', null, { events_total: 12, purchases: 6, units: 14, revenue: 56.77, active_users: 3 }],
  ])('tells the window %s', async (window, from, expected) => {
    expect(await answer(`summary?window=${window}`)).toMatchObject({
      window,
      from,
      users: 4,
      products: 2,
      ...expected,
    });
  });
});

describe('products/top', () => {
  test('ranks by purchases of the last 24 hours unless asked otherwise', async () => {
    expect(await answer('products/top')).toEqual({
      metric: 'purchases',
      window: '24h',
      currency: null,
      items: [
        { product_id: p(1), name: 'lamp', value: 1 },
        { product_id: p(2), name: 'vase', value: 1 },
      ],
    });
  });

  test.each([
    [
      'views',
      '24h',
      [
        [1, 'lamp', 2],
        [3, 'chair', 1],
      ],
    ],
    ['likes', '1h', [[1, 'lamp', 1]]],
    ['carts', '7d', [[2, 'vase', 1]]],
    [
      'purchases',
      'all',
      [
        [1, 'lamp', 3],
        [2, 'vase', 1],
        [4, null, 1],
      ],
    ],
    [
      'units',
      'all',
      [
        [1, 'lamp', 9],
        [2, 'vase', 3],
        [4, null, 1],
      ],
    ],
    [
      'revenue',
      '30d',
      [
        [1, 'lamp', 35],
        [2, 'vase', 5.97],
      ],
    ],
  ])('ranks by %s in the window %s', async (metric, window, expected) => {
    const { items } = await answer(`products/top?metric=${metric}&window=${window}`);
    expect(items).toEqual(
      expected.map(([product, name, value]) => ({ product_id: p(Number(product)), name, value })),
    );
  });

  test('breaks ties by id and stops at the limit', async () => {
    const { items } = await answer('products/top?metric=purchases&window=all&limit=2');
    expect(items.map((item: { product_id: string }) => item.product_id)).toEqual([p(1), p(2)]);
  });
});

describe('products/{id}', () => {
  const none = {
    ...{ views: 0, likes: 0, carts: 0, purchases: 0, units: 0, returned_units: 0 },
    ...{ revenue: 0, revenue_by_currency: {} },
  };
  const sold = { revenue: 25, revenue_by_currency: { USD: { gross: 25, refunded: 0, net: 25 } } };

  test('tells every metric of every bucket, the empty ones too, and the totals', async () => {
    const path = `products/${p(1)}?granularity=hour&from=2026-03-18T07:30:00Z&to=2026-03-18T10:00:00Z`;
    expect(await answer(path)).toEqual({
      product_id: p(1),
      name: 'lamp',
      granularity: 'hour',
      from: '2026-03-18T07:00:00.000Z',
      to: '2026-03-18T10:00:00.000Z',
      currency: 'USD',
      totals: { ...none, views: 2, likes: 1, purchases: 1, units: 2, ...sold },
      items: [
        { bucket: '2026-03-18T07:00:00.000Z', ...none },
        { bucket: '2026-03-18T08:00:00.000Z', ...none, views: 1 },
        {
          bucket: '2026-03-18T09:00:00.000Z',
          ...none,
          views: 1,
          likes: 1,
          purchases: 1,
          units: 2,
          ...sold,
        },
      ],
    });
  });

  test('tells the last 24 hours up to now by the hour unless asked otherwise', async () => {
    const { granularity, items, totals } = await answer(`products/${p(1)}`);
    expect([granularity, items.length]).toEqual(['hour', 25]);
    expect(totals).toMatchObject({ views: 2, purchases: 1 });
  });

  test('takes an id in upper case', async () => {
    expect(await answer(`products/${p(2).toUpperCase()}`)).toMatchObject({ product_id: p(2), name: 'vase' });
  });

  test('keeps the history and the last name of a deleted product', async () => {
    const { name, totals } = await answer(`products/${p(3)}?granularity=day`);
    expect([name, totals.views]).toEqual(['chair', 1]);
  });

  test('knows a product by its activity alone, and one without any', async () => {
    expect(await answer(`products/${p(4)}?granularity=day`)).toMatchObject({
      name: null,
      totals: { ...none, purchases: 1, units: 1 },
    });
    await database.apply([
      productSaved({ sequence: 5 }, 6, 1, 'mirror'),
      productDeleted({ sequence: 6 }, 6, 2),
    ]);
    expect(await answer(`products/${p(6)}`)).toMatchObject({ name: 'mirror', totals: none });
  });

  test('answers 404 product_not_found for an unknown one', async () => {
    expect(await get(`products/${p(99)}`)).toMatchObject({
      status: 404,
      body: { code: 'product_not_found' },
    });
  });
});

describe('users/active', () => {
  test.each([
    [
      'day',
      '2026-03-16',
      '2026-03-19',
      [
        ['2026-03-16', 0],
        ['2026-03-17', 1],
        ['2026-03-18', 2],
      ],
    ],
    [
      'week',
      '2026-02-18',
      '2026-03-18',
      [
        ['2026-02-16', 1],
        ['2026-02-23', 0],
        ['2026-03-02', 0],
        ['2026-03-09', 1],
        ['2026-03-16', 3],
      ],
    ],
    [
      'month',
      '2026-02-28',
      '2026-03-02',
      [
        ['2026-02-01', 1],
        ['2026-03-01', 3],
      ],
    ],
  ])('counts distinct users per %s', async (granularity, from, to, expected) => {
    const path = `users/active?granularity=${granularity}&from=${from}T00:00:00Z&to=${to}T00:00:00Z`;
    const { items } = await answer(path);
    expect(items).toEqual(
      expected.map(([day, count]) => ({ bucket: `${day}T00:00:00.000Z`, active_users: count })),
    );
  });

  test('tells the last 30 days by day unless asked otherwise', async () => {
    const { granularity, from, to, items } = await answer('users/active');
    expect([granularity, from, to, items.length]).toEqual([
      'day',
      '2026-02-16T00:00:00.000Z',
      '2026-03-19T00:00:00.000Z',
      31,
    ]);
  });
});

describe('users/{id}', () => {
  test('tells what the user did, when, and with what', async () => {
    expect(await answer(`users/${u(1)}`)).toEqual({
      user_id: u(1),
      events: { purchase: 2, like: 1, view: 1 },
      events_total: 4,
      first_seen: '2010-12-01T08:26:00.000Z',
      last_seen: '2026-03-18T09:47:05.000Z',
      currency: 'USD',
      revenue: 40.3,
      revenue_by_currency: { USD: { gross: 40.3, refunded: 0, net: 40.3 } },
      favourite_products: [{ product_id: p(1), name: 'lamp', interactions: 4, purchases: 2 }],
    });
  });

  test('puts the products that were bought first, then those with more interactions', async () => {
    const { favourite_products } = await answer(`users/${u(3)}`);
    expect(favourite_products).toEqual([
      { product_id: p(4), name: null, interactions: 1, purchases: 1 },
      { product_id: p(3), name: 'chair', interactions: 1, purchases: 0 },
    ]);
  });

  test('tells zeros of a user who did nothing', async () => {
    expect(await answer(`users/${u(4)}`)).toEqual({
      user_id: u(4),
      events: {},
      events_total: 0,
      first_seen: null,
      last_seen: null,
      currency: 'USD',
      revenue: 0,
      revenue_by_currency: {},
      favourite_products: [],
    });
  });

  test.each([
    ['an unknown', 99],
    ['a deleted', 5],
  ])('answers 404 user_not_found for %s user', async (_which, user) => {
    expect(await get(`users/${u(user)}`)).toMatchObject({ status: 404, body: { code: 'user_not_found' } });
  });
});

describe('funnel', () => {
  test('tells the last 24 hours unless asked otherwise, and rates of nobody as null', async () => {
    expect(await answer('funnel')).toEqual({
      window: '24h',
      from: '2026-03-17T09:48:00.000Z',
      to: '2026-03-18T09:48:00.000Z',
      items: [
        { step: 'view', users: 3, rate: null, rate_of_first: 1 },
        { step: 'add_to_cart', users: 1, rate: 1 / 3, rate_of_first: 1 / 3 },
        { step: 'purchase', users: 0, rate: 0, rate_of_first: 0 },
      ],
    });
  });
});

describe('cohorts', () => {
  test('follows each cohort to the current week, also those of nobody', async () => {
    const { items, ...range } = await answer('cohorts?weeks=2');
    expect(range).toEqual({ weeks: 2, from: '2026-03-09T00:00:00.000Z', to: '2026-03-23T00:00:00.000Z' });
    expect(items).toEqual([
      {
        ...{ cohort: '2026-03-09T00:00:00.000Z', week: '2026-03-09T00:00:00.000Z', weeks_later: 0 },
        ...{ cohort_users: 1, active_users: 1, rate: 1 },
      },
      {
        ...{ cohort: '2026-03-09T00:00:00.000Z', week: '2026-03-16T00:00:00.000Z', weeks_later: 1 },
        ...{ cohort_users: 1, active_users: 1, rate: 1 },
      },
      {
        ...{ cohort: '2026-03-16T00:00:00.000Z', week: '2026-03-16T00:00:00.000Z', weeks_later: 0 },
        ...{ cohort_users: 0, active_users: 0, rate: null },
      },
    ]);
  });
});

describe('events', () => {
  test('count what a version counted that keeps no totals, until these are made again', async () => {
    const timezone = 'timezone=Europe/Berlin&from=2026-03-17T00:00:00Z';
    const paths = ['minute', 'hour', 'day', 'week', `day&${timezone}`].map(
      (unit) => `events?granularity=${unit}`,
    );
    const answers = await Promise.all(paths.map(answer));
    const readTotals = () => database.db.sql`select * from activity_totals order by granularity, bucket`;
    const totals = await readTotals();
    await database.db.sql`delete from activity_totals where count = 1`;
    await database.db.sql`update activity_totals set count = count - 1`;
    expect(await Promise.all(paths.map(answer))).toEqual(answers);

    const repair = totalsRepair(database.db);
    const look = () => repair.run(AbortSignal.timeout(60_000));
    await look();
    // As an older version does that counts on.
    await database.db.sql`update activity_totals set count = count - 1 where granularity = 'all'`;
    await look();
    expect(await readTotals()).not.toEqual(totals);
    await look();
    expect(await readTotals()).toEqual(totals);
    expect(await Promise.all(paths.map(answer))).toEqual(answers);
  });

  test('counts by type per bucket, the empty ones too', async () => {
    const path = 'events?granularity=day&from=2026-03-16T00:00:00Z&to=2026-03-19T00:00:00Z';
    expect(await answer(path)).toEqual({
      granularity: 'day',
      from: '2026-03-16T00:00:00.000Z',
      to: '2026-03-19T00:00:00.000Z',
      items: [
        { bucket: '2026-03-16T00:00:00.000Z', events: {}, events_total: 0 },
        { bucket: '2026-03-17T00:00:00.000Z', events: { purchase: 1, view: 1 }, events_total: 2 },
        {
          bucket: '2026-03-18T00:00:00.000Z',
          events: { purchase: 3, view: 2, add_to_cart: 1, like: 1 },
          events_total: 7,
        },
      ],
    });
  });

  test('counts by the minute', async () => {
    const { items } = await answer(
      'events?granularity=minute&from=2026-03-18T09:46:00Z&to=2026-03-18T09:48:00Z',
    );
    expect(items.map((item: { events: object }) => item.events)).toEqual([
      { view: 1 },
      { add_to_cart: 1, like: 1 },
    ]);
  });
});

describe('a long series of many types', () => {
  test('tells fewer types apart, the same ones in every bucket, and counts all of them', async () => {
    const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
    const types = Array.from({ length: 14 }, (_, index) => `made_up_${String(index).padStart(2, '0')}`);
    // Often enough to be the most frequent ones.
    const messages = [0, 1].flatMap((hour) =>
      Array.from({ length: 9 }).flatMap(() => types.map((type) => activityData(1, type, at(hour)))),
    );
    await database.apply(messages.map((data, index) => activityRecorded({ sequence: 1_000 + index }, data)));
    const range = (to: string) => `events?granularity=hour&from=2026-01-01T00:00:00Z&to=${to}`;
    const short = await answer(range('2026-01-01T02:00:00Z'));
    const long = await answer(range('2026-03-04T12:00:00Z'));
    expect(long.items).toHaveLength(pointsMax);
    for (const hour of [0, 1]) {
      expect(Object.keys(short.items[hour].events).sort()).toEqual(types);
      expect(Object.keys(long.items[hour].events).sort()).toEqual(types.slice(0, 6));
      expect(long.items[hour].events_total).toBe(9 * types.length);
    }
  });
});

describe('bad input is a 400 that names every field at fault:', () => {
  test.each([
    ['summary?window=2h', ['window']],
    ['summary?windw=1h', ['windw']],
    ['products/top?metric=visits&window=1y&limit=0', ['limit', 'metric', 'window']],
    ['products/top?limit=101', ['limit']],
    ['products/top?limit=ten', ['limit']],
    ['products/not-an-id', ['id']],
    [`products/${p(1)}?granularity=year`, ['granularity']],
    [`products/${p(1)}?from=yesterday&to=2026-02-30T00:00:00Z`, ['from', 'to']],
    ['users/active?granularity=hour&from=2026', ['from', 'granularity']],
    ['funnel?window=2h&weeks=1', ['weeks', 'window']],
    ['cohorts?weeks=0', ['weeks']],
    ['cohorts?weeks=105', ['weeks']],
    ['users/1', ['id']],
    [`users/urn:uuid:${u(1)}`, ['id']],
    ['events?from=2026-03-18T00:00:00Z&to=2026-03-17T00:00:00Z', ['from', 'to']],
    ['events?from=2027-01-01T00:00:00Z', ['from', 'to']],
    ['events?granularity=minute&from=2020-01-01T00:00:00Z', ['from', 'to']],
    ['events?from=0000-01-01T00:00:00Z&to=0000-01-02T00:00:00Z', ['from', 'to']],
    ['events?from=2026-03-18T00:00:00Z&from=2026-03-17T00:00:00Z', ['from']],
  ])('%s', async (path, fields) => {
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_request');
    expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(fields);
  });

  test('the message about too many buckets says how many there may be', async () => {
    const { body } = await get('events?granularity=minute&from=2020-01-01T00:00:00Z');
    expect(body.errors[0].message).toContain(String(pointsMax));
  });
});
