import type { Http } from '@souk/service-kit/http/http.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureShopZone } from '../rollups/shop-time-zone.ts';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { activityData, activityRecorded, userSaved } from '../testing/events.ts';
import { testId } from '../testing/messages.ts';
import { testHttp } from '../testing/test-http.ts';

const now = new Date('2026-04-06T00:00:00Z');
const product = testId('product', 7);

let database: AnalyticsDatabase;
let http: Http;
beforeAll(async () => {
  database = await analyticsDatabase();
  await database.windowsUntil(now);
  http = await testHttp(database.db, () => now);
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

interface Item {
  bucket: string;
  events_total?: number;
  views?: number;
}
const get = async (path: string) => {
  const response = await http.inject(`/api/v1/analytics/${path}`);
  return { status: response.statusCode, body: response.json() };
};

/** What a clock on the wall shows. */
const local = (zone: string, at: Date): { day: string; time: string } => {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const [day = '', time = ''] = format.format(at).split(' ');
  return { day, time };
};
const weekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();

/** Zones with a clock change in the range, and off by half and by three quarters of an hour. */
const zones = [
  ['America/New_York', '2026-02-20T00:00:00Z'],
  ['Europe/Berlin', '2026-03-20T00:00:00Z'],
  ['America/Havana', '2026-03-01T00:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T13:00:00Z'],
  ['Asia/Kathmandu', '2026-04-04T18:15:00Z'],
  ['Pacific/Kiritimati', '2026-03-20T00:00:00Z'],
] as const;

describe.each(zones)('%s', (zone, from) => {
  test('days hold what happened on that day by the clocks of the zone, whatever the time of the clock changes', async () => {
    const time = fc.date({ min: new Date(from), max: new Date(now.getTime() - 1), noInvalidDate: true });
    await fc.assert(
      fc.asyncProperty(fc.array(time, { minLength: 1, maxLength: 60, size: 'max' }), async (times) => {
        await database.clear();
        await database.apply(
          times.map((at, index) =>
            activityRecorded(
              { sequence: index + 1 },
              activityData(1, 'view', at.toISOString(), { product: 7 }),
            ),
          ),
        );
        await database.fold(now);
        for (const [path, count] of [
          ['events', 'events_total'],
          [`products/${product}`, 'views'],
        ] as const) {
          const query = `granularity=day&timezone=${zone}&from=${from}&to=${now.toISOString()}`;
          const { body } = await get(`${path}?${query}`);
          for (const { bucket, ...item } of body.items as Item[]) {
            const { day } = local(zone, new Date(bucket));
            // Where the clocks go forward at midnight, the day begins at one.
            expect(local(zone, new Date(Date.parse(bucket) - 1)).day).not.toBe(day);
            expect([day, item[count]]).toEqual([
              day,
              times.filter((at) => local(zone, at).day === day).length,
            ]);
          }
          expect(sum(body.items, count)).toBe(times.length);
        }
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });
});

const sum = (items: Item[], count: 'events_total' | 'views') =>
  items.reduce((total, item) => total + (item[count] ?? 0), 0);

test('weeks begin on the Monday of the zone, months on its first, and leave nothing out', async () => {
  for (const [granularity, from] of [
    ['week', '2026-02-20T00:00:00Z'],
    ['month', '2026-02-10T00:00:00Z'],
  ]) {
    const { body } = await get(
      `events?granularity=${granularity}&timezone=America/New_York&from=${from}&to=${now.toISOString()}`,
    );
    expect(body.from).toBe(body.items[0].bucket);
    expect(Date.parse(body.from)).toBeLessThanOrEqual(Date.parse(from as string));
    for (const { bucket } of body.items as Item[]) {
      const { day, time } = local('America/New_York', new Date(bucket));
      expect(time).toBe('00:00:00');
      expect(granularity === 'week' ? weekday(day) : Number(day.slice(8))).toBe(1);
    }
  }
});

test.each([
  ['day', 'Asia/Kathmandu', '2026-04-04T18:15:00.000Z'],
  ['month', 'America/New_York', '2026-01-01T05:00:00.000Z'],
])('without from, the %ss of %s begin with the first that is known', async (granularity, zone, from) => {
  const { body } = await get(`events?granularity=${granularity}&timezone=${zone}`);
  expect([body.from, body.items?.[0]?.bucket]).toEqual([from, from]);
  expect(Date.parse(body.to)).toBeGreaterThan(now.getTime());
});

test('a day with a clock change has 23 or 25 hours', async () => {
  const { body } = await get(
    'events?granularity=day&timezone=America/New_York&from=2026-03-08T12:00:00Z&to=2026-03-08T13:00:00Z',
  );
  expect([body.from, body.to]).toEqual(['2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z']);
});

test.each([
  ['events?granularity=day&timezone=Mars/Olympus', ['timezone']],
  ['events?granularity=day&timezone=%2B01:00', ['timezone']],
  ['events?granularity=day&timezone=America/New_York&from=2025-06-01T00:00:00Z', ['from', 'timezone']],
  ['events?granularity=day&timezone=Asia/Kathmandu&from=2026-03-20T00:00:00Z', ['from', 'timezone']],
  ['users/active?timezone=America/New_York', ['timezone']],
])('%s is a 400 that names %s', async (path, fields) => {
  const { status, body } = await get(path);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(fields);
});

test('takes zones whose days are those of UTC, for users too', async () => {
  const { items } = (await get('users/active?timezone=Africa/Abidjan')).body;
  expect(items).toEqual((await get('users/active')).body.items);
  const { body } = await get('events?granularity=month&from=2020-01-01T00:00:00Z&timezone=Etc/UTC');
  expect(body.items).toHaveLength(76);
});

/** Off by three quarters of an hour, and one whose clocks change at midnight, in both directions. */
describe.each(['Asia/Kathmandu', 'America/Havana'])('a shop in %s', (zone) => {
  let shop: AnalyticsDatabase;
  let shopHttp: Http;
  beforeAll(async () => {
    shop = await analyticsDatabase({ shopZone: zone });
    await shop.windowsUntil(now);
    shopHttp = await testHttp(shop.db, () => now);
  });
  afterAll(async () => {
    await shopHttp?.close();
    await shop?.drop();
  });
  const items = async (path: string) => {
    const answer = await shopHttp.inject(`/api/v1/analytics/${path}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json().items as (Item & { active_users?: number })[];
  };

  test('its days, weeks and months are exact however long ago, for events, products and active users', async () => {
    const time = fc.date({
      min: new Date('2023-10-01'),
      max: new Date(now.getTime() - 1),
      noInvalidDate: true,
    });
    const fact = fc.record({ at: time, user: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(fc.array(fact, { minLength: 1, maxLength: 60, size: 'max' }), async (facts) => {
        await shop.clear();
        await shop.apply([0, 1, 2].map((user) => userSaved({ sequence: user + 1 }, user, 1)));
        await shop.apply(
          facts.map(({ at, user }, index) =>
            activityRecorded(
              { sequence: index + 4 },
              activityData(user, 'view', at.toISOString(), { product: 7 }),
            ),
          ),
        );
        await shop.fold(now);
        for (const granularity of ['day', 'week', 'month'] as const) {
          const query = `granularity=${granularity}&from=2023-10-01T00:00:00Z&to=${now.toISOString()}`;
          const wanted = new Map<string, { count: number; users: Set<number> }>();
          for (const { at, user } of facts) {
            const day = firstDays[granularity](local(zone, at).day);
            const bucket = wanted.get(day) ?? { count: 0, users: new Set() };
            wanted.set(day, { count: bucket.count + 1, users: bucket.users.add(user) });
          }
          const counts = (
            told: Item[],
            count: (item: Item & { active_users?: number }) => number | undefined,
          ) =>
            Object.fromEntries(
              told
                .map((item) => [local(zone, new Date(item.bucket)).day, count(item)])
                .filter(([, n]) => n !== 0),
            );
          const expected = (of: (bucket: { count: number; users: Set<number> }) => number) =>
            Object.fromEntries([...wanted].map(([day, bucket]) => [day, of(bucket)]));
          expect(counts(await items(`events?${query}`), (item) => item.events_total)).toEqual(
            expected(({ count }) => count),
          );
          expect(counts(await items(`products/${product}?${query}`), (item) => item.views)).toEqual(
            expected(({ count }) => count),
          );
          expect(counts(await items(`users/active?${query}`), (item) => item.active_users)).toEqual(
            expected(({ users }) => users.size),
          );
        }
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  test('the days of UTC are there as well, users by its own days alone', async () => {
    const days = await items(
      'events?granularity=day&timezone=UTC&from=2024-01-01T00:00:00Z&to=2024-01-03T00:00:00Z',
    );
    expect(days.map(({ bucket }) => bucket)).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2024-01-02T00:00:00.000Z',
    ]);
    const { statusCode, body } = await shopHttp.inject('/api/v1/analytics/users/active?timezone=UTC');
    expect([statusCode, JSON.parse(body).errors[0].message]).toEqual([400, expect.stringContaining(zone)]);
  });

  test('another zone is refused until everything is built again', async () => {
    await expect(ensureShopZone(shop.db, 'Europe/Berlin')).rejects.toMatchObject({
      code: 'shop_time_zone_changed',
      message: expect.stringContaining('souk rebuild analytics'),
    });
    await expect(ensureShopZone(shop.db, zone)).resolves.toBeUndefined();
  });
});

/** The Monday of a day's week. */
const mondayOf = (day: string): string => {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
};

const firstDays = {
  day: (day: string) => day,
  week: mondayOf,
  month: (day: string) => `${day.slice(0, 7)}-01`,
};
