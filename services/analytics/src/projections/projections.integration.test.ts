import { consumerMetrics } from '@souk/service-kit/consumer/consumer-metrics.ts';
import { openTopicWorker } from '@souk/service-kit/consumer/topic-worker.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { silent } from '@souk/service-kit/testing/ledger.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { foldProducts } from '../rollups/fold-products.ts';
import { removeUnknownProducts } from '../rollups/unknown-products.ts';
import {
  type AnalyticsDatabase,
  activityTypesMax,
  analyticsDatabase,
  testNow,
} from '../testing/analytics-database.ts';
import {
  activityData,
  activityRecorded,
  productDeleted,
  productPurchased,
  productSaved,
  purchaseData,
  userDeleted,
  userSaved,
} from '../testing/events.ts';
import { testId, withData } from '../testing/messages.ts';
import { userProjection } from './user-projection.ts';

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.clear());

/** A database of a test's own: which types are told apart outlives `clear`. */
const disposable = (own: AnalyticsDatabase) => ({ ...own, [Symbol.asyncDispose]: own.drop });

const at = '2026-03-01T09:47:00.000Z';
const view = (sequence: number, user = 1, occurredAt = at) =>
  activityRecorded({ sequence }, activityData(user, 'view', occurredAt, { product: 7 }));

const viewsCounted = async (): Promise<number> => {
  await database.fold();
  const [row] = await database.db.sql<[{ views: number }]>`
    select coalesce(sum(views), 0)::bigint as views from product_rollups where granularity = 'day'`;
  return row.views;
};

const rowsAbout = async (user: number): Promise<number> => {
  const id = testId('user', user);
  const [row] = await database.db.sql<[{ rows: number }]>`
    select (select count(*) from active_users where user_id = ${id})
      + (select count(*) from user_activity where user_id = ${id})
      + (select count(*) from user_products where user_id = ${id}) as rows`;
  return row.rows;
};

const products = async () => [
  ...(await database.db
    .sql`select state_version as version, name, deleted from products order by product_id`),
];

/** Runs messages of one partition through a consumer's worker until all are dealt with. */
const runWorker = async (messages: readonly ReceivedMessage[]): Promise<void> => {
  const { db, deadLetters } = database;
  const worker = openTopicWorker({
    db,
    group: 'analytics',
    subscription: userProjection({ activityTypesMax }),
    sendDeadLetters: async (sent) => {
      deadLetters.push(...sent);
    },
    inTurn: (work) => work(),
    metrics: consumerMetrics(createMetrics('test'), 'analytics', ['user-updates']),
    log: silent,
    onCommitted: () => undefined,
  });
  const partition = worker.open();
  partition.push(messages);
  await eventually(() => expect(partition.waiting().messages).toBe(0));
  await worker.close();
};

test('a repeated view of a minute leaves the funnel of its user as it is, and an earlier one moves it back', async () => {
  const funnel = async () => {
    const id = testId('user', 1);
    const [row] = await database.db.sql<[{ places: string[]; firstAt: Date; days: number }]>`
      select array[f.ctid::text, v.ctid::text] as places, first_at as "firstAt",
        (select count(*) from active_users where user_id = ${id} and period = 'day') as days
      from user_funnels as f join funnel_views as v using (user_id) where user_id = ${id}`;
    return row;
  };
  await database.apply([view(1, 1, '2026-03-01T09:47:20.000Z')]);
  const first = await funnel();

  await database.apply([view(2, 1, '2026-03-01T09:47:30.000Z')]);
  expect(await funnel()).toEqual(first);

  await database.apply([view(3, 1, '2026-03-01T09:47:10.000Z')]);
  expect(await funnel()).toMatchObject({ firstAt: new Date('2026-03-01T09:47:10.000Z'), days: 1 });
  expect(await viewsCounted()).toBe(3);
});

test('counts a redelivered view once', async () => {
  await database.apply([userSaved({ sequence: 1 }, 1, 1), view(2)]);
  await database.apply([userSaved({ sequence: 1 }, 1, 1), view(2), view(3)]);

  expect(await viewsCounted()).toBe(2);
});

test('sends an event that breaks its contract to the dead letters, alone', async () => {
  const broken = withData(view(2), { ...activityData(1, 'view', at), quantity: 'many' });

  await runWorker([view(1), broken, view(3)]);

  expect(await viewsCounted()).toBe(2);
  expect(database.deadLetters).toHaveLength(1);
  expect(database.deadLetters[0]).toMatchObject({
    topic: 'user-updates.analytics.dlq',
    value: broken.value,
    headers: {
      '__connect.errors.offset': '2',
      '__connect.errors.exception.class.name': 'DecodeError.schema_violation',
    },
  });
});

test('finds the one event of a batch that Postgres refuses, and applies all others', async () => {
  const yearZero = view(6, 1, '0000-05-01T00:00:00.000Z');
  const messages = Array.from({ length: 12 }, (_, index) => (index === 5 ? yearZero : view(index + 1)));

  await runWorker(messages);

  expect(await viewsCounted()).toBe(11);
  expect(database.deadLetters).toHaveLength(1);
  expect(database.deadLetters[0]).toMatchObject({ headers: { '__connect.errors.offset': '6' } });
});

test('erases what is recorded under a deleted user, and keeps the totals', async () => {
  await database.apply([userSaved({ sequence: 1 }, 1, 1), userSaved({ sequence: 2 }, 2, 1)]);
  await database.apply([view(3, 1), view(4, 2), view(5, 1)]);

  await database.apply([view(6, 1), userDeleted({ sequence: 7 }, 1, 2)]);

  expect(await rowsAbout(1)).toBe(0);
  expect(await rowsAbout(2)).toBe(5);
  expect(await viewsCounted()).toBe(4);
});

test('records nothing under a deleted user again, also when an event comes back later', async () => {
  await database.apply([userSaved({ sequence: 1 }, 1, 1), userDeleted({ sequence: 2 }, 1, 2), view(3, 1)]);
  await database.apply([view(4, 1), userSaved({ sequence: 5 }, 1, 1)]);

  expect(await rowsAbout(1)).toBe(0);
  expect(await viewsCounted()).toBe(2);
  expect([
    ...(await database.db.sql`select state_version as version, deleted, last_active_minute from users`),
  ]).toEqual([{ version: 2, deleted: true, last_active_minute: null }]);
});

const order = (sequence: number, user: number) =>
  productPurchased({ sequence }, purchaseData(7, at, { user }));

test('records an order of a user who is known only later, or never', async () => {
  await database.apply([order(1, 1), order(2, 2)]);
  await database.apply([userSaved({ sequence: 1 }, 1, 1)]);

  expect(await rowsAbout(1)).toBe(5);
  expect(await rowsAbout(2)).toBe(5);
});

test('records no order under a deleted user, whichever comes first', async () => {
  await database.apply([userSaved({ sequence: 1 }, 1, 1)]);
  await database.apply([order(1, 1)]);
  await database.apply([userDeleted({ sequence: 2 }, 1, 2)]);
  await database.apply([order(2, 1)]);

  expect(await rowsAbout(1)).toBe(0);
  expect(database.deadLetters).toEqual([]);
});

/** Lets `first` write all but the sales of the shop, and has `second` under way, before `first` goes on. */
const overlapping = async (first: readonly ReceivedMessage[], second: readonly ReceivedMessage[]) => {
  const { sql } = database.db;
  const blocked = (count: number) =>
    eventually(async () => {
      const [row] = await sql`
        select count(*) as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      expect(row?.count).toBe(count);
    });
  const running: Promise<void>[] = [];
  await sql.begin(async (tx) => {
    await tx`select from sales_rollups for update`;
    running.push(database.apply(first));
    await blocked(1);
    running.push(database.apply(second));
    await blocked(2);
  });
  await Promise.all(running);
};

test.each(['erasure', 'order'])(
  'leaves nothing of a user whose erasure meets an order, the %s first',
  async (earlier) => {
    const sale = activityData(2, 'purchase', at);
    await database.apply([userSaved({ sequence: 1 }, 1, 1), activityRecorded({ sequence: 2 }, sale)]);
    const erasure = [userDeleted({ sequence: 3 }, 1, 2), activityRecorded({ sequence: 4 }, sale)];
    const ordered = [order(1, 1)];

    await (earlier === 'erasure' ? overlapping(erasure, ordered) : overlapping(ordered, erasure));

    expect(await rowsAbout(1)).toBe(0);
  },
);

test.each(['registration', 'order'])(
  'counts a user once who registers while an order is recorded, the %s first',
  async (earlier) => {
    const sale = activityData(2, 'purchase', at);
    await database.apply([userSaved({ sequence: 1 }, 2, 1), activityRecorded({ sequence: 2 }, sale)]);
    const registration = [userSaved({ sequence: 3 }, 1, 1), activityRecorded({ sequence: 4 }, sale)];
    const ordered = [order(1, 1)];

    await (earlier === 'order' ? overlapping(ordered, registration) : overlapping(registration, ordered));

    const counts = await database.db.sql`
      select users from active_user_counts union all select users from last_active_counts`;
    expect(counts.map(({ users }) => users)).toEqual([2, 2, 2, 2, 2, 2]);
  },
);

test('replicas that bring the figures of products up to date at once count each change once', async () => {
  for (let round = 0; round < 5; round++)
    await Promise.all([
      database.apply([view(2 * round + 1), view(2 * round + 2)]),
      ...[1, 2, 3].map(() => foldProducts(database.db, testNow)),
    ]);

  expect(await viewsCounted()).toBe(10);
  const [windows] = await database.db.sql`
    select views from product_windows where window_name = 'all'`;
  expect(windows?.views).toBe(10);
});

test('keeps the newest name, in one batch and in several', async () => {
  await database.apply([
    productSaved({ sequence: 1 }, 7, 3, 'third'),
    productSaved({ sequence: 2 }, 7, 2, 'second'),
  ]);
  await database.apply([productSaved({ sequence: 3 }, 7, 1, 'first')]);

  expect(await products()).toEqual([{ version: 3, name: 'third', deleted: false }]);
});

test('keeps the last known name of a deleted product', async () => {
  await database.apply([productSaved({ sequence: 1 }, 1, 1, 'lamp'), productDeleted({ sequence: 2 }, 1, 2)]);
  await database.apply([productSaved({ sequence: 3 }, 2, 1, 'vase')]);
  await database.apply([productDeleted({ sequence: 4 }, 2, 2)]);

  expect(await products()).toEqual([
    { version: 2, name: 'lamp', deleted: true },
    { version: 2, name: 'vase', deleted: true },
  ]);
});

test('keeps the newest name, also when it comes after the deletion', async () => {
  await database.apply([productDeleted({ sequence: 3, partition: 0 }, 1, 3)]);
  await database.apply([productSaved({ sequence: 2, partition: 1 }, 1, 2, 'lamp, repaired')]);
  await database.apply([productSaved({ sequence: 1, partition: 2 }, 1, 1, 'lamp')]);

  expect(await products()).toEqual([{ version: 3, name: 'lamp, repaired', deleted: true }]);
});

test('applies partitions at once that meet in the same rows in opposite orders', async () => {
  const products = Array.from({ length: 300 }, (_, product) => product);
  const views = (partition: number, order: readonly number[], round: number) =>
    order.map((product, index) =>
      activityRecorded(
        { sequence: round * order.length + index + 1, partition },
        activityData(partition, 'view', at, { product }),
      ),
    );

  for (let round = 0; round < 10; round++)
    await Promise.all([
      database.apply(views(0, products, round)),
      database.apply(views(1, products.toReversed(), round)),
    ]);

  expect(await viewsCounted()).toBe(2 * 10 * products.length);
});

test('goes on counting a product whose revenue no bigint holds', async () => {
  const purchase = activityData(1, 'purchase', at, {
    product: 7,
    quantity: 1_000_000,
    unitPriceMinor: 1_000_000_000_000,
  });
  await database.apply(
    Array.from({ length: 6 }, (_, index) => activityRecorded({ sequence: index + 1 }, purchase)),
  );
  await database.apply(
    Array.from({ length: 6 }, (_, index) => activityRecorded({ sequence: index + 7 }, purchase)),
  );

  await database.fold();
  const [row] = await database.db.sql`
    select purchases, gross_minor::text as revenue from sales_rollups where granularity = 'day'`;
  expect(row).toEqual({ purchases: 12, revenue: `12${'0'.repeat(18)}` });
  expect(database.deadLetters).toEqual([]);
});

test('a rebuild empties every table that is made out of events', async () => {
  const rows = await database.db.sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
    except select name from projection_tables order by name`;
  expect(rows.map(({ name }) => name)).toEqual([
    'activity_types',
    'consumer_positions',
    'dead_letters',
    'projection_generation',
    'projection_tables',
    'ranking_windows',
    'rollup_retention',
    'schema_migrations',
  ]);
});

test('tells a bounded number of activity types apart, the same ones after a rebuild; the rest count as other', async () => {
  await using database = disposable(await analyticsDatabase());
  const types = Array.from({ length: 3 * activityTypesMax }, (_, index) => `type_${index}`);
  const eachOnce = (order: readonly string[]) =>
    order.map((type, index) => activityRecorded({ sequence: 1 + index }, activityData(1, type, at)));
  const counts = () => database.db.sql`
    select type, count from activity_rollups where granularity = 'day' order by type`;
  await database.apply(eachOnce(types));
  const before = await counts();
  expect(before).toHaveLength(activityTypesMax - 4 + 1);
  expect(before.find(({ type }) => type === 'other')?.count).toBe(types.length - activityTypesMax + 4);
  const [ofUser] = await database.db
    .sql`select count(*) as types, sum(count)::bigint as events from user_activity`;
  expect(ofUser).toEqual({ types: before.length, events: types.length });

  await database.clear();
  await database.apply(eachOnce(types.toReversed()));
  expect(await counts()).toEqual(before);
});

test('partitions that meet new types at the same moment tell no more of them apart together', async () => {
  await using database = disposable(await analyticsDatabase());
  await Promise.all(
    [0, 1, 2, 3].map((partition) =>
      database.apply(
        Array.from({ length: activityTypesMax }, (_, index) =>
          activityRecorded(
            { sequence: 1 + index, partition },
            activityData(partition, `of_${partition}_${index}`, at),
          ),
        ),
      ),
    ),
  );
  const [after] = await database.db.sql`select count(*) as types from activity_types`;
  expect(after?.types).toBe(activityTypesMax);
});

test('forgets products that the catalogue never named, and keeps the totals and those that it named later', async () => {
  await database.apply([
    view(1),
    activityRecorded({ sequence: 2 }, activityData(1, 'purchase', at, { product: 8, unitPriceMinor: 500 })),
  ]);
  await database.apply([productSaved({ sequence: 1 }, 7, 1, 'lamp')]);
  await database.fold();
  await removeUnknownProducts(database.db, 30);
  expect(await rowsAbout(1)).toBe(7);

  await database.db.sql`update unknown_products set first_seen = now() - interval '31 days'`;
  await removeUnknownProducts(database.db, 30);

  const left = await database.db.sql`select distinct product_id from product_rollups`;
  expect(left).toEqual([{ product_id: testId('product', 7) }]);
  expect(await viewsCounted()).toBe(1);
  const [sold] = await database.db.sql`select revenue_minor from sales_rollups where granularity = 'day'`;
  expect(Number(sold?.revenue_minor)).toBe(500);
  expect(await database.db.sql`select from unknown_products`).toHaveLength(0);
  const ranked = await database.db.sql`select product_ids from product_rankings where product_ids <> '{}'`;
  expect(new Set(ranked.flatMap(({ product_ids }) => product_ids))).toEqual(new Set([testId('product', 7)]));
});
