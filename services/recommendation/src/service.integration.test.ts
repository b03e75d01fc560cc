import { productUpdates } from '@souk/contracts/product-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { openProducer, type ProducerSession } from '@souk/service-kit/kafka/producer.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { openPostgres } from '@souk/service-kit/postgres/database.ts';
import { clearProjections } from '@souk/service-kit/projection/rebuild.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { redisMissing, testRedis } from '@souk/testing/redis.ts';
import type { TestBroker, TestRedis } from '@souk/testing/servers.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { configSchema } from './config.ts';
import { buildRecommendationService } from './service.ts';
import { publisher } from './testing/events.ts';

let database: TestDatabase;
let broker: TestBroker;
let redis: TestRedis;
let producer: ProducerSession;
let service: AssembledService;

const start = async (env: Record<string, string> = {}) => {
  service = await buildRecommendationService(
    readEnv(configSchema, {
      PORT: '0',
      LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
      DATABASE_URL: database.url,
      KAFKA_BROKERS: broker.brokers,
      KAFKA_FETCH_WAIT_MAX_MS: '30',
      KAFKA_SESSION_TIMEOUT_MS: '4000',
      REDIS_URL: redis.url,
      ...env,
    }),
  );
  await service.start();
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
  [database, broker, redis] = await Promise.all([
    testDatabase('recommendation'),
    testBroker([userUpdates.name, productUpdates.name]),
    testRedis(),
  ]);
  producer = await openProducer({ brokers: broker.brokers, clientId: 'test' });
  await start();
});
afterAll(async () => {
  await service.stop();
  await producer.close();
  await Promise.all([broker.stop(), redis.stop(), database.drop()]);
});

const publish = publisher();
const sent: ReceivedMessage[] = [];
const send = async (...messages: ReceivedMessage[]) => {
  sent.push(...messages);
  await producer.publish(messages);
};

interface Answer {
  items: { product_id: string; score: number; reason: string }[];
  errors: { field: string }[];
  experiment?: string;
  variant?: string;
}

const ask = async (query = '', path = '/api/v1/recommendations') => {
  const response = await fetch(`${service.url()}${path}${query}`);
  const body = (await response.json()) as Answer;
  return { status: response.status, type: response.headers.get('content-type'), body };
};
const recommended = async (query = ''): Promise<string[]> => {
  const { status, body } = await ask(query);
  expect(status).toBe(200);
  return body.items.map(({ product_id }) => product_id);
};
const faultyFields = ({ errors }: Answer) => errors.map(({ field }) => field).sort();

/** Below the minute that cached answers may last while nothing changes. */
const soon = { timeoutMs: 40_000 };

describe('an event on its topic', () => {
  const category = 'fresh';
  const [first, second] = [uuidv7(), uuidv7()].sort() as [string, string];

  test('is in the next answers of every strategy, although they were cached', async () => {
    await send(
      ...[first, second].map((product_id) =>
        publish.product({ product_id, category, name: 'Mug', price_minor: 295 }),
      ),
    );
    for (const strategy of ['popular', 'trending']) {
      const query = `?category=${category}&strategy=${strategy}`;
      await eventually(async () => expect(await recommended(query)).toEqual([first, second]), soon);
    }

    await send(
      publish.activity({ product_id: second, type: 'purchase', quantity: 3, unit_price_minor: 295 }),
    );

    for (const strategy of ['popular', 'trending']) {
      const query = `?category=${category}&strategy=${strategy}`;
      await eventually(async () => expect(await recommended(query)).toEqual([second, first]), soon);
      const { body, type } = await ask(query);
      expect(type).toBe('application/json; charset=utf-8');
      expect(body).toEqual({
        strategy,
        generated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        items: [
          {
            product_id: second,
            name: 'Mug',
            price: 2.95,
            currency: 'USD',
            score: expect.closeTo(5, 3),
            reason: strategy,
          },
          { product_id: first, name: 'Mug', price: 2.95, currency: 'USD', score: 0, reason: 'new' },
        ],
      });
    }
  });

  test('is one purchase for each line of an order', async () => {
    const lines = [1, 2].map((line) => publish.purchase({ product_id: first, line, quantity: 7 }));
    await send(...lines);
    // After the first of them the scores of both products are equal.
    await eventually(
      async () =>
        expect((await ask(`?category=${category}`)).body.items).toMatchObject([
          { product_id: first, score: 10 },
          { product_id: second },
        ]),
      soon,
    );
  });

  test('takes a deleted product out of the next answers', async () => {
    await send(publish.productDeleted(second, 2));
    await eventually(async () => expect(await recommended(`?category=${category}`)).toEqual([first]), soon);
  });

  test('is answered under the short path alike', async () => {
    const query = `?category=${category}`;
    expect((await ask(query, '/recommendations')).body).toEqual((await ask(query)).body);
  });
});

describe('a question', () => {
  const ids = [uuidv7(), uuidv7(), uuidv7()].sort() as [string, string, string];
  beforeAll(async () => {
    await send(...ids.map((product_id) => publish.product({ product_id, category: 'asked' })));
    await eventually(async () => expect(await recommended('?category=asked')).toEqual(ids), soon);
  });

  test('may leave out products, separated by commas or one by one', async () => {
    const [one, two, three] = ids;
    expect(await recommended(`?category=asked&exclude=${one},${two.toUpperCase()}`)).toEqual([three]);
    expect(await recommended(`?category=asked&exclude=${one}&exclude=${three}`)).toEqual([two]);
    expect(await recommended('?category=asked&exclude=')).toEqual(ids);
  });

  test('that was asked before is answered without Postgres while nothing changes', async () => {
    const reads = async () => {
      const metrics = await (await fetch(`${service.url()}/metrics`)).text();
      return Number(/^db_successful_get_all_total\{[^}]*\} (\d+)$/m.exec(metrics)?.[1]);
    };
    await eventually(async () => {
      const before = await reads();
      for (let asked = 0; asked < 20; asked++) expect(await recommended('?category=asked')).toEqual(ids);
      expect((await reads()) - before).toBe(0);
    }, soon);
  });

  test('may ask for 1 to 100 products', async () => {
    expect(await recommended('?category=asked&limit=1')).toEqual(ids.slice(0, 1));
    expect(await recommended('?category=asked&limit=100')).toEqual(ids);
  });

  test('may exclude 100 products, and no more', async () => {
    const excluded = (count: number) => Array.from({ length: count }, () => uuidv7()).join(',');
    expect((await ask(`?exclude=${excluded(100)}`)).status).toBe(200);
    expect(await ask(`?exclude=${excluded(101)}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'exclude' }] },
    });
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['strategy=best', 'strategy'],
    ['strategy=', 'strategy'],
    [`category=${'x'.repeat(201)}`, 'category'],
    ['category=%00', 'category'],
    ['exclude=mug', 'exclude/0'],
    [`exclude=${uuidv7()},urn:uuid:${uuidv7()}`, 'exclude/1'],
    ['exclude=,', 'exclude/0'],
    ['categories=Home', 'categories'],
    ['strategy=personal', 'user_id'],
    ['strategy=similar', 'product_id'],
    ['user_id=ada', 'user_id'],
    ['bought=yes', 'bought'],
  ])('that is wrong (%s) is told which field', async (query, field) => {
    const { status, type, body } = await ask(`?${query}`);
    expect({ status, type }).toEqual({ status: 400, type: 'application/problem+json; charset=utf-8' });
    expect(body).toMatchObject({ code: 'invalid_request' });
    expect(faultyFields(body)).toContain(field);
  });

  test('that is wrong in several fields is told all of them', async () => {
    const { body } = await ask('?limit=0&strategy=best&exclude=mug');
    expect(faultyFields(body)).toEqual(['exclude/0', 'limit', 'strategy']);
  });
});

describe.skipIf(redisMissing)('without Redis', () => {
  const category = 'kept';
  const ids = [uuidv7(), uuidv7()].sort() as [string, string];
  const health = async () => (await fetch(`${service.url()}/health`)).json();
  beforeAll(async () => {
    await send(...ids.map((product_id) => publish.product({ product_id, category })));
    await eventually(async () => expect(await recommended(`?category=${category}`)).toEqual(ids), soon);
  });

  test('answers stay right and fresh, and the service is degraded', async () => {
    await redis.stop();
    expect(await recommended(`?category=${category}`)).toEqual(ids);
    expect(await health()).toMatchObject({ status: 'degraded', dependencies: { redis: { status: 'down' } } });

    await send(publish.activity({ product_id: ids[1], type: 'like' }));

    await eventually(
      async () => expect(await recommended(`?category=${category}`)).toEqual([ids[1], ids[0]]),
      soon,
    );
  });

  test('and when it is back, nothing old comes with it', async () => {
    await redis.start();
    await eventually(async () => expect(await health()).toMatchObject({ status: 'ok' }));
    // The cache's own bound: up to 250 ms after the return an answer may still be older.
    await eventually(
      async () => expect(await recommended(`?category=${category}`)).toEqual([ids[1], ids[0]]),
      soon,
    );

    await send(publish.activity({ product_id: ids[0], type: 'purchase' }));

    await eventually(async () => expect(await recommended(`?category=${category}`)).toEqual(ids), soon);
  });
});

test('documents its route with its answers and its problems', async () => {
  const response = await fetch(`${service.url()}/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, { get: Operation }> };
  const operation = paths['/api/v1/recommendations']?.get;
  if (!operation) throw new Error('it is not documented');
  const { summary, parameters, responses } = operation;
  expect(summary).toBeTruthy();
  expect(parameters.map(({ name }) => name).sort()).toEqual([
    ...['bought', 'category', 'exclude', 'limit', 'product_id', 'strategy', 'user_id'],
  ]);
  expect(parameters.every(({ required }) => !required)).toBe(true);
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '500', '503']));
});

interface Operation {
  summary: string;
  parameters: { name: string; required?: boolean }[];
  responses: Record<string, unknown>;
}

describe('a service that starts again', () => {
  const product_id = uuidv7();
  const score = async () => (await ask('?category=lasting')).body.items[0]?.score;
  beforeAll(async () => {
    await send(publish.product({ product_id, category: 'lasting' }), publish.activity({ product_id }));
    await eventually(async () => expect(await score()).toBe(1), soon);
  });
  beforeEach(() => service.stop());

  test('counts what came meanwhile, and nothing twice that comes again', async () => {
    const repeated = [...sent];
    await send(publish.activity({ product_id, type: 'like' }));
    await producer.publish(repeated);
    await start();
    await eventually(async () => expect(await score()).toBe(3));
    await send(publish.activity({ product_id, type: 'purchase' }));
    await eventually(async () => expect(await score()).toBe(8), soon);
  });

  test('waits with other settings until its tables are cleared, which /health names, and computes all scores again', async () => {
    const { sql, end } = lookInside();
    try {
      const scoring = async () => {
        const [row] = await sql<{ xmin: string; days: number }[]>`
          select xmin::text, (settings ->> 'half_life_ms')::float8 / 86400000 as days from scoring`;
        return row;
      };
      const before = await scoring();
      const started = start({ TRENDING_HALF_LIFE_DAYS: '14' });
      await eventually(async () => expect((await scoring())?.xmin).not.toBe(before?.xmin));
      expect((await fetch(`${service.url()}/ready`)).status).toBe(503);
      expect(await (await fetch(`${service.url()}/health`)).json()).toMatchObject({
        waiting_for: 'tables that fit the settings',
        dependencies: { projection: { status: 'down', error: 'scoring_changed' }, kafka: { status: 'ok' } },
      });
      expect(await scoring()).toMatchObject({ days: 7 });

      await clearProjections(sql);

      await started;
      await eventually(async () => expect(await score()).toBe(8));
      expect(await scoring()).toMatchObject({ days: 14 });
    } finally {
      await end();
    }
  });

  test('tells a user who takes part in an experiment the variant, in every answer, and a guest none', async () => {
    const variants = [{ name: 'near', settings: { neighbourhood: { neighbours: 5 } } }, { name: 'far' }];
    const experiment = { name: 'neighbours', start: '2026-01-01T00:00:00Z', variants };
    await start({ TRENDING_HALF_LIFE_DAYS: '14', EXPERIMENTS: JSON.stringify([experiment]) });

    const seen = new Set<unknown>();
    for (const user of Array.from({ length: 8 }, () => uuidv7())) {
      const queries = [
        '',
        '&strategy=trending',
        '&strategy=popular&limit=1',
        `&product_id=${product_id}&strategy=similar`,
      ];
      const answers = await Promise.all([
        ...queries.map((query) => ask(`?user_id=${user}${query}`)),
        ask('', `/api/v1/users/${user}/recommendations`),
      ]);
      expect(answers.map(({ body }) => body.experiment)).toEqual(answers.map(() => 'neighbours'));
      expect(new Set(answers.map(({ body }) => body.variant)).size).toBe(1);
      seen.add(answers[0]?.body.variant);
    }
    expect([...seen].every((variant) => variant === 'near' || variant === 'far')).toBe(true);
    for (const query of ['', `?strategy=similar&product_id=${product_id}`]) {
      const { body } = await ask(query);
      expect(body).not.toHaveProperty('experiment');
    }
  });
});
