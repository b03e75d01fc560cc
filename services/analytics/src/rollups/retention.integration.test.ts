import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { activityData, activityRecorded } from '../testing/events.ts';
import { bucketMs } from './bucket.ts';
import { maintainRollups } from './retention.ts';

const kept = { minute: 48 * bucketMs.hour, hour: 90 * bucketMs.day };
const now = new Date('2026-03-18T09:47:12.345Z');
const longAgo = '2025-11-01T10:30:00.000Z';
const lastWeek = '2026-03-11T10:30:00.000Z';
const today = '2026-03-18T08:30:00.000Z';

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());

let sequence = 0;
const view = async (...times: string[]) => {
  await database.apply(
    times.map((at) =>
      activityRecorded({ sequence: ++sequence }, activityData(1, 'view', at, { product: 7 })),
    ),
  );
  await database.fold(now);
};

const timeIs = (until: string) =>
  database.db.sql`update ranking_windows set until = ${until} where length is not null`;

/** How many views of the product each granularity holds, by day. */
const viewsBy = async () => {
  const rows = await database.db.sql<{ what: string; views: number }[]>`
    select granularity || to_char(bucket at time zone 'UTC', ' YYYY-MM-DD') as what, sum(views)::bigint as views
    from product_rollups group by 1`;
  return Object.fromEntries(rows.map(({ what, views }) => [what, views]));
};

const partitions = async (table: string) => {
  const rows = await database.db.sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = ${table}::regclass order by 1`;
  return rows.map(({ name }) => name);
};

test('a late event lands in the buckets that are kept, in its day always', async () => {
  await view(longAgo, lastWeek, today);

  expect(await viewsBy()).toEqual({
    'day 2025-11-01': 1,
    'hour 2026-03-11': 1,
    'day 2026-03-11': 1,
    'minute 2026-03-18': 1,
    'hour 2026-03-18': 1,
    'day 2026-03-18': 1,
  });
});

test('older partitions are dropped and later ones created, and nothing that is kept is lost', async () => {
  await maintainRollups(database.db, kept);
  expect(await partitions('product_rollups_minute')).toContain('product_rollups_minute_20260318');
  await timeIs('2026-04-20T09:00:00Z');
  await maintainRollups(database.db, kept);

  expect(await viewsBy()).toMatchObject({ 'hour 2026-03-11': 1, 'day 2025-11-01': 1, 'hour 2026-03-18': 1 });
  expect(await viewsBy()).not.toHaveProperty('minute 2026-03-18');
  expect(await database.db.sql`select from activity_totals where granularity = 'minute'`).toHaveLength(0);
  expect(await database.db.sql`select from activity_totals where granularity = 'hour'`).toHaveLength(2);
  const minutes = await partitions('product_rollups_minute');
  expect(minutes).not.toContain('product_rollups_minute_20260318');
  expect(minutes).toEqual(
    expect.arrayContaining(['product_rollups_minute_20260418', 'product_rollups_minute_20260421']),
  );
});

test('a reader under way only puts off what is dropped', async () => {
  await timeIs('2026-05-20T09:00:00Z');
  await database.db.transaction('reader', async (tx) => {
    await tx`select count(*) from product_rollups`;
    await expect(maintainRollups(database.db, kept)).rejects.toMatchObject({ code: '55P03' });
  });
  await maintainRollups(database.db, kept);
  expect(await partitions('product_rollups_minute')).toContain('product_rollups_minute_20260520');
});

test('waits in no circle with a batch that moves users between old minutes', async () => {
  await timeIs('2026-06-20T09:00:00Z');
  const old = '2026-06-01T08:30:00.000Z';
  await database.db.sql`insert into funnel_counts values ('minute', ${old}, 'view', 2)`;
  await database.db.sql`insert into last_active_counts values ('minute', ${old}, 2)`;
  const maintained = await database.db.transaction('batch', async (tx) => {
    await tx`update funnel_counts set users = 1 where bucket = ${old}`;
    const maintenance = Promise.allSettled([maintainRollups(database.db, kept)]);
    await eventually(async () =>
      expect(
        await database.db.sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      ).toHaveLength(1),
    );
    await tx`update last_active_counts set users = 1 where bucket = ${old}`;
    return () => maintenance;
  });
  expect(await maintained()).toMatchObject([{ status: 'fulfilled' }]);
  expect(await database.db.sql`select from last_active_counts where bucket = ${old}`).toHaveLength(0);
});
