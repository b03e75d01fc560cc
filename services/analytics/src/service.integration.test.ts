import { type Experiment, readExperiments, variantOf } from '@souk/contracts/experiments.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { openProducer, type ProducerSession } from '@souk/service-kit/kafka/producer.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { openPostgres } from '@souk/service-kit/postgres/database.ts';
import { clearProjections } from '@souk/service-kit/projection/rebuild.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema } from './config.ts';
import { buildAnalyticsService } from './service.ts';
import {
  activityData,
  activityRecorded,
  productPurchased,
  productSaved,
  purchaseData,
  userDeleted,
  userSaved,
} from './testing/events.ts';
import { testId, withData } from './testing/messages.ts';

let database: TestDatabase;
let broker: TestBroker;
let producer: ProducerSession;
let service: AssembledService;

const start = async (more: Record<string, string> = {}) => {
  service = await buildAnalyticsService(
    readEnv(configSchema, {
      PORT: '0',
      LOG_LEVEL: 'silent',
      DATABASE_URL: database.url,
      KAFKA_BROKERS: broker.brokers,
      KAFKA_FETCH_WAIT_MAX_MS: '30',
      KAFKA_SESSION_TIMEOUT_MS: '4000',
      EXPERIMENTS: JSON.stringify([experiment]),
      ...more,
    }),
  );
  await service.start();
};

const experiment = {
  name: 'one',
  start: '2026-01-01T00:00:00Z',
  variants: [{ name: 'control' }, { name: 'other' }],
};

/** The service's tables, as itself. */
const lookInside = () =>
  openPostgres({
    url: database.url,
    poolMax: 1,
    applicationName: 'test',
    metrics: createMetrics('test'),
    log: createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false }),
  });

beforeAll(async () => {
  [database, broker] = await Promise.all([
    testDatabase('analytics'),
    testBroker([userUpdates.name, productUpdates.name]),
  ]);
  producer = await openProducer({ brokers: broker.brokers, clientId: 'test' });
  await start();
});
afterAll(async () => {
  await service.stop();
  await producer.close();
  await Promise.all([broker.stop(), database.drop()]);
});

// biome-ignore lint/suspicious/noExplicitAny: an answer is compared with what it should be, as a whole
const get = async (path: string): Promise<any> => (await fetch(`${service.url()}${path}`)).json();
const summary = () => get('/api/v1/analytics/summary');

const occurredAt = new Date().toISOString();
const purchase = activityData(1, 'purchase', occurredAt, { product: 7, quantity: 2, unitPriceMinor: 1_250 });
const story = [
  userSaved({ sequence: 1 }, 1, 1),
  userSaved({ sequence: 2 }, 2, 1),
  activityRecorded({ sequence: 3 }, activityData(1, 'view', occurredAt, { product: 7 })),
  activityRecorded({ sequence: 4 }, purchase),
  activityRecorded({ sequence: 5 }, activityData(2, 'search', occurredAt)),
];

test('an event on a topic is in the answers of the next request after it was applied, those about products a moment later', async () => {
  await producer.publish([productSaved({ sequence: 1 }, 7, 1, 'lamp'), ...story]);

  await eventually(async () =>
    expect(await summary()).toMatchObject({
      users: 2,
      products: 1,
      events: { view: 1, purchase: 1, search: 1 },
      events_total: 3,
      purchases: 1,
      units: 2,
      revenue: 25,
      active_users: 2,
    }),
  );
  expect(await get(`/api/v1/analytics/users/${testId('user', 1)}`)).toMatchObject({ events_total: 2 });
  await eventually(async () => {
    expect(await get('/api/v1/analytics/products/top?metric=revenue&window=1h')).toMatchObject({
      items: [{ product_id: testId('product', 7), name: 'lamp', value: 25 }],
    });
    expect(await get(`/api/v1/analytics/products/${testId('product', 7)}`)).toMatchObject({
      totals: { views: 1, purchases: 1, units: 2, revenue: 25 },
    });
  });
});

test('a service that starts again counts nothing twice, and goes on', async () => {
  await service.stop();
  await producer.publish([...story, activityRecorded({ sequence: 6 }, purchase)]);
  await start();

  await eventually(async () => expect(await summary()).toMatchObject({ purchases: 2, revenue: 50 }));
  expect(await summary()).toMatchObject({ users: 2, events_total: 4 });
});

test('an event that breaks its contract is in the dead-letter topic, and the next one is applied', async () => {
  const broken = withData(activityRecorded({ sequence: 7 }, purchase), { user_id: testId('user', 1) });
  await producer.publish([broken, activityRecorded({ sequence: 8 }, purchase)]);

  await eventually(async () => expect(await summary()).toMatchObject({ purchases: 3 }));
  const deadLetters = await readTopic(broker.brokers, 'user-updates.analytics.dlq');
  expect(deadLetters.map(({ value }) => value)).toEqual([broken.value]);
});

test('a deleted user is gone from every answer, and the sales stay', async () => {
  await producer.publish([userDeleted({ sequence: 9 }, 1, 2)]);

  await eventually(async () =>
    expect(await summary()).toMatchObject({ users: 1, active_users: 1, purchases: 3 }),
  );
  expect(await get(`/api/v1/analytics/users/${testId('user', 1)}`)).toMatchObject({ code: 'user_not_found' });
});

test('a line of an order is in the next answers, those about its customer as well', async () => {
  const line = purchaseData(7, occurredAt, { user: 2, quantity: 3, unitPriceMinor: 100 });
  await producer.publish([productPurchased({ sequence: 2 }, line)]);

  await eventually(async () => expect(await summary()).toMatchObject({ purchases: 4, revenue: 78 }));
  expect(await get(`/api/v1/analytics/users/${testId('user', 2)}`)).toMatchObject({
    favourite_products: [{ product_id: testId('product', 7), purchases: 1 }],
  });
});

test('what a user does with a recommendation that was shown is in the figures of the experiment', async () => {
  const userId = testId('user', 2);
  const read = readExperiments(JSON.stringify([experiment]));
  const variant = 'experiments' in read && variantOf(read.experiments[0] as Experiment, userId)?.name;
  if (!variant) throw new Error('every user takes part');
  const shown = { experiment: 'one', variant, product_ids: [testId('product', 7)] };
  await producer.publish([
    activityRecorded({ sequence: 10 }, { ...activityData(2, 'recommendation_shown', occurredAt), shown }),
    activityRecorded({ sequence: 11 }, activityData(2, 'view', occurredAt, { product: 7 })),
  ]);
  await eventually(async () => {
    const { variants } = await get('/api/v1/analytics/experiments/one');
    expect(variants.find((one: { variant: string }) => one.variant === variant)).toMatchObject({
      // The order came at the same moment.
      ...{ users: 1, clicks: 1, clicking_users: 1, purchases: 1, purchasing_users: 1 },
    });
  });
});

test('a view, a cart and an order of one user, on two topics, are a funnel', async () => {
  await producer.publish([
    activityRecorded({ sequence: 12 }, activityData(2, 'view', occurredAt, { product: 7 })),
    activityRecorded({ sequence: 13 }, activityData(2, 'add_to_cart', occurredAt, { product: 7 })),
  ]);

  await eventually(async () => {
    const { items } = await get('/api/v1/analytics/funnel');
    expect(items.map(({ users }: { users: number }) => users)).toEqual([1, 1, 1]);
  });
});

test('a rebuild gives every table again, row for row', async () => {
  const { sql, end } = lookInside();
  // What waits to be added to products is gone in a moment; the catalogue names every product here.
  const names = await sql<{ name: string }[]>`
    select name from projection_tables where name not in ('product_changes', 'unknown_products')`;
  const tables = async () => {
    const dump: Record<string, object[]> = {};
    for (const { name } of names)
      dump[name] = [
        ...(await sql<object[]>`select to_json(t)::text as row from ${sql(name)} as t order by 1`),
      ];
    return dump;
  };
  try {
    await eventually(async () => expect(await sql`select from product_changes`).toHaveLength(0));
    const before = await tables();
    expect(Object.values(before).every((rows) => rows.length > 0)).toBe(true);

    await clearProjections(sql);

    await eventually(async () => expect(await tables()).toEqual(before));
  } finally {
    await end();
  }
});

test('another time zone of the shop waits, visible on /health, until everything is built again', async () => {
  const { sql, end } = lookInside();
  try {
    await service.stop();
    const started = start({ SHOP_TIMEZONE: 'Asia/Kathmandu' });
    await eventually(async () =>
      expect((await get('/health')).dependencies).toMatchObject({ projection: { status: 'down' } }),
    );
    expect((await fetch(`${service.url()}/ready`)).status).toBe(503);
    await clearProjections(sql);
    await started;
    await eventually(async () => {
      expect(await summary()).toMatchObject({ users: 1 });
      const { items } = await get('/api/v1/analytics/users/active');
      // Not as the last: another day may have begun there since.
      expect(items).toContainEqual(
        expect.objectContaining({ bucket: expect.stringContaining('T18:15:00.000Z'), active_users: 1 }),
      );
    });
  } finally {
    await end();
  }
});

test('refuses to keep minutes longer than hours', async () => {
  await expect(start({ MINUTES_KEPT_HOURS: '8760' })).rejects.toThrow('MINUTES_KEPT_HOURS');
});

test('health shows Postgres and Kafka, with the lag', async () => {
  await eventually(async () =>
    expect(await get('/health')).toMatchObject({
      status: 'ok',
      service: 'analytics',
      dependencies: { postgres: { status: 'ok' }, kafka: { status: 'ok', lag: 0, retrying: false } },
    }),
  );
});

test('documents every route with its answers and its problems', async () => {
  const { paths } = await get('/openapi.json');
  const prefix = '/api/v1/analytics';
  const documented = Object.keys(paths).filter((path) => path.startsWith(prefix));
  expect(documented.sort()).toEqual(
    [
      'cohorts',
      'events',
      'experiments/{name}',
      'funnel',
      'products/top',
      'products/{id}',
      'stream',
      'summary',
      'users/active',
      'users/{id}',
    ].map((path) => `${prefix}/${path}`),
  );
  for (const path of documented) {
    const { summary, tags, responses } = paths[path].get;
    expect(summary).toBeTruthy();
    expect(tags).toEqual(['analytics']);
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['200', '400', '500', '503', ...(path.endsWith('{id}') ? ['404'] : [])]),
    );
    const { 'application/json': json, 'text/event-stream': stream } = responses['200'].content;
    expect((json ?? stream).schema).toHaveProperty(json ? 'properties' : 'type');
  }
});
