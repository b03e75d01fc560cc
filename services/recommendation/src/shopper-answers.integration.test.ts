import { productUpdates } from '@souk/contracts/product-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { openProducer, type ProducerSession } from '@souk/service-kit/kafka/producer.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { testRedis } from '@souk/testing/redis.ts';
import type { TestBroker, TestRedis } from '@souk/testing/servers.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema } from './config.ts';
import { buildRecommendationService } from './service.ts';
import { publisher } from './testing/events.ts';

let database: TestDatabase;
let broker: TestBroker;
let redis: TestRedis;
let producer: ProducerSession;
let service: AssembledService;

const publish = publisher();
const [mug, pot, cup, rug, mat] = Array.from({ length: 5 }, () => uuidv7()) as [
  ...[string, string, string, string, string],
];
const shoppers = Array.from({ length: 8 }, () => uuidv7());
const soon = { timeoutMs: 40_000 };

/** Five who were at mug and pot, three of them also at cup; three who were at rug and mat. */
beforeAll(async () => {
  [database, broker, redis] = await Promise.all([
    testDatabase('recommendation'),
    testBroker([userUpdates.name, productUpdates.name]),
    testRedis(),
  ]);
  producer = await openProducer({ brokers: broker.brokers, clientId: 'test' });
  service = await buildRecommendationService(
    readEnv(configSchema, {
      PORT: '0',
      LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
      DATABASE_URL: database.url,
      KAFKA_BROKERS: broker.brokers,
      KAFKA_FETCH_WAIT_MAX_MS: '30',
      KAFKA_SESSION_TIMEOUT_MS: '4000',
      REDIS_URL: redis.url,
    }),
  );
  await service.start();
  await producer.publish([
    ...[mug, pot, cup].map((product_id) => publish.product({ product_id, category: 'Tea' })),
    ...[rug, mat].map((product_id) => publish.product({ product_id, category: 'Floor' })),
    ...shoppers.slice(0, 5).flatMap((user) => views(user, mug, pot)),
    ...shoppers.slice(0, 3).flatMap((user) => views(user, cup)),
    ...shoppers.slice(5).flatMap((user) => views(user, rug, mat)),
  ]);
  await eventually(async () => {
    const { items } = await list('/api/v1/recommendations?limit=100');
    expect(items.map(({ score }) => score)).toEqual([5, 5, 3, 3, 3]);
  }, soon);
});
afterAll(async () => {
  await service.stop();
  await producer.close();
  await Promise.all([broker.stop(), redis.stop(), database.drop()]);
});

const views = (user_id: string, ...products: string[]) =>
  products.map((product_id) => publish.activity({ user_id, product_id }));

interface Answer {
  strategy: string;
  items: { product_id: string; score: number; reason: string; because?: string[] }[];
}
interface Explained {
  score: number;
  parts: { product_id: string; votes: number }[];
}

const ask = async (path: string, body?: object) => {
  const response = await fetch(`${service.url()}${path}`, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
};
const right = async <T>(path: string, body?: object): Promise<T> => {
  const answer = await ask(path, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as T;
};
const list = (path: string, body?: object) => right<Answer>(path, body);

const shown = ({ items }: Answer) => items.map(({ product_id, reason }) => `${reason} ${product_id}`);
/** Without the time, and the scores as near as they are after a few seconds of decay. */
const lasting = ({ strategy, items }: Answer) => ({
  strategy,
  items: items.map((item) => ({ ...item, score: Number(item.score.toFixed(3)) })),
});

const basketPath = '/api/v1/recommendations/basket';
const explainPath = '/api/v1/recommendations/explain';

describe('what it would be', () => {
  const whatIf = '/api/v1/recommendations/what-if';

  test('by the settings of the service is what it is', async () => {
    for (const strategy of ['popular', 'trending']) {
      const now = await list(`/api/v1/recommendations?strategy=${strategy}`);
      const then = await right<Answer & object>(`${whatIf}?strategy=${strategy}`);
      const scores = ({ items }: Answer) =>
        new Map(items.map(({ product_id, score }) => [product_id, Number(score.toFixed(3))]));
      expect(scores(then)).toEqual(scores(now));
      expect(then).toMatchObject({ strategy, half_life_days: 7, shoppers: 8, is_complete: true });
    }
  });

  test('by other weights and another half-life is other scores, and nothing is changed', async () => {
    const heavier = await list(`${whatIf}?strategy=popular&weight_view=10&limit=2`);
    expect(heavier.items.map(({ score }) => score)).toEqual([50, 50]);
    const short = await list(`${whatIf}?strategy=trending&half_life_days=0.05&limit=1`);
    expect(short.items[0]?.score).toBeLessThan(5);
    expect((await list(`${whatIf}?weight_view=0`)).items).toEqual([]);
    const now = await list('/api/v1/recommendations?strategy=popular&limit=2');
    expect(now.items.map(({ score }) => score)).toEqual([5, 5]);
  });
});

describe('over HTTP', () => {
  test('similar is answered alike by both paths, without the product itself', async () => {
    const short = await list(`/api/v1/products/${mug}/similar`);
    const long = await list(`/api/v1/recommendations?strategy=similar&product_id=${mug.toUpperCase()}`);
    expect(lasting(short)).toEqual(lasting(long));
    expect(shown(short).slice(0, 2)).toEqual([`similar ${pot}`, `similar ${cup}`]);
    expect(short.items.map(({ product_id }) => product_id)).not.toContain(mug);
    expect(short.items[0]).toMatchObject({ because: [mug] });
  });

  test('a basket is answered without a user, and explained with the same score', async () => {
    const answer = await list(basketPath, { items: [{ product_id: mug }], limit: 1 });
    expect(answer).toMatchObject({
      strategy: 'basket',
      items: [{ product_id: pot, reason: 'basket', because: [mug] }],
    });
    const explained = await right<Explained>(explainPath, { product_id: pot, items: [{ product_id: mug }] });
    expect(explained.score).toBeCloseTo(answer.items[0]?.score as number, 9);
    expect(explained.parts.map(({ product_id }) => product_id)).toEqual([mug]);
  });

  test('the newest product of a basket is the one with the newest time, else the last', async () => {
    const last = await list(basketPath, { items: [{ product_id: mug }, { product_id: rug }], limit: 1 });
    expect(shown(last)).toEqual([`basket ${mat}`]);
    const items = [
      { product_id: mug, at: '2026-03-01T10:00:00Z' },
      { product_id: rug, at: '2026-03-01T09:00:00Z' },
    ];
    expect(shown(await list(basketPath, { items, limit: 1 }))).toEqual([`basket ${pot}`]);
  });

  test('filters that leave nothing give an empty list', async () => {
    const user = shoppers[0] as string;
    const one = `/api/v1/products/${mug}/similar`;
    for (const path of ['/api/v1/recommendations', `/api/v1/users/${user}/recommendations`, one])
      expect(await list(`${path}?category=Attic`)).toMatchObject({ items: [] });
    const items = [{ product_id: mug }];
    expect(await list(basketPath, { items, category: 'Tea', exclude: [mug, pot, cup] })).toMatchObject({
      items: [],
    });
  });

  const id = uuidv7();
  test.each<[string, object | undefined, string]>([
    [basketPath, { items: [] }, 'items'],
    [basketPath, {}, 'items'],
    [basketPath, { items: [{ product_id: 'mug' }] }, 'items/0/product_id'],
    [basketPath, { items: [{ product_id: id, at: 'today' }] }, 'items/0/at'],
    [basketPath, { items: [{ product_id: id }], limit: 101 }, 'limit'],
    [basketPath, { items: [{ product_id: id }], exclude: ['mug'] }, 'exclude/0'],
    [basketPath, { items: [{ product_id: id }], user: id }, 'user'],
    ['/api/v1/products/mug/similar', undefined, 'id'],
    [`/api/v1/products/${id}/similar?limit=0`, undefined, 'limit'],
    ['/api/v1/users/ada/recommendations', undefined, 'id'],
    [`/api/v1/users/${id}/recommendations?bought=yes`, undefined, 'bought'],
    [`${explainPath}?user_id=${id}`, undefined, 'product_id'],
    [`${explainPath}?user_id=ada&product_id=${id}`, undefined, 'user_id'],
    [explainPath, { product_id: id, items: [{}] }, 'items/0/product_id'],
    [explainPath, { items: [{ product_id: id }] }, 'product_id'],
  ])('%s with %j is refused, and the field %s is named', async (path, body, field) => {
    const { status, body: problem } = await ask(path, body);
    expect({ status, problem }).toMatchObject({ status: 400, problem: { code: 'invalid_request' } });
    expect((problem as { errors: { field: string }[] }).errors.map((error) => error.field)).toContain(field);
  });
});

describe('what a user does', () => {
  const ada = uuidv7();
  const paths = [
    `/api/v1/users/${ada}/recommendations`,
    ...[mug, pot, cup, rug, mat].map((product) => `/api/v1/products/${product}/similar`),
    '/api/v1/recommendations',
    '/api/v1/recommendations?strategy=trending',
  ];
  const session = { items: [{ product_id: mug }, { product_id: rug }] };
  const everything = async () => [
    ...(await Promise.all(paths.map((path) => list(path)))).map(lasting),
    lasting(await list(basketPath, session)),
  ];
  let neverKnown: Awaited<ReturnType<typeof everything>>;
  beforeAll(async () => {
    neverKnown = await everything();
  });
  const personal = () => list(`/api/v1/users/${ada}/recommendations`);

  test('changes the next answers: the own of the user, and what is similar to the product', async () => {
    expect(shown(await personal()).join()).not.toContain('personal');
    expect(shown(await list(`/api/v1/products/${mug}/similar`)).join()).not.toContain(`similar ${rug}`);

    await producer.publish(views(ada, mug));
    await eventually(async () => expect(shown(await personal())[0]).toBe(`personal ${pot}`), soon);
    await producer.publish([publish.activity({ user_id: ada, product_id: rug, type: 'add_to_cart' })]);
    await eventually(async () => expect(shown(await personal())[0]).toBe(`personal ${mat}`), soon);
    await eventually(
      async () => expect(shown(await list(`/api/v1/products/${mug}/similar`))).toContain(`similar ${rug}`),
      soon,
    );
    await producer.publish([publish.purchase({ user_id: ada, product_id: mat, order_uid: 'order-ada' })]);
    await eventually(
      async () => expect((await personal()).items.map(({ product_id }) => product_id)).not.toContain(mat),
      soon,
    );
    const { items } = await personal();
    const explained = await right<Explained>(
      `${explainPath}?user_id=${ada}&product_id=${items[0]?.product_id}`,
    );
    expect(explained.score).toBeCloseTo(items[0]?.score as number, 9);
  });

  test('is in no answer after the user is deleted: all are those of a service that never knew the user', async () => {
    expect(await everything()).not.toEqual(neverKnown);
    await producer.publish([publish.userDeleted(ada, 2)]);
    await eventually(async () => expect(await everything()).toEqual(neverKnown), soon);

    // Of another user on the same partition: once it counts, what came before it has been consumed.
    const later = { product_id: uuidv7(), category: 'later' };
    const other = `${uuidv7().slice(0, -1)}${ada.slice(-1)}`;
    await producer.publish([publish.product(later), ...views(ada, mug), ...views(other, later.product_id)]);
    const counted = async () => (await list('/api/v1/recommendations?category=later')).items[0]?.score;
    await eventually(async () => expect(await counted()).toBe(1), soon);
    expect(await right(`${explainPath}?user_id=${ada}&product_id=${pot}`)).toMatchObject({
      ...{ score: 0, neighbours: 0, parts: [] },
    });
  });
});
