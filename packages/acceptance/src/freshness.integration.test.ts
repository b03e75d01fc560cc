import { parseMetrics } from '@souk/importers/shop/prometheus-text.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { redisMissing } from '@souk/testing/redis.ts';
import type { RunningService } from '@souk/testing/service.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from './http-call.ts';
import { expectProjectionsToMatch } from './resilience/projections.ts';

const strategies = ['popular', 'trending'] as const;
const shoppersCount = 6;
const productsCount = 6;
/** A bound for every single round. The caches would keep an answer for 60 s. */
const freshMsMax = 10_000;
/** For the median of the rounds: a busy machine holds up one or two of them, what waits for a clock all. */
const medianFreshMsMax = 1_000;
/** The bucket of event_freshness_seconds that holds what was fresh in time. */
const freshBucketSeconds = '10';

interface Item {
  product_id: string;
  score: number;
  price: number;
}

describe('what has just happened is in the next answers, however warm the caches are', () => {
  let mesh: TestMesh;
  let replicas: RunningService[];
  const users: string[] = [];
  const products: string[] = [];

  beforeAll(async () => {
    mesh = await testMesh();
    // Replicas need a Redis to hear of each other's commits.
    const second = redisMissing ? [] : [await mesh.replica('recommendation')];
    replicas = [mesh.service('recommendation'), ...second];
    for (let index = 0; index < shoppersCount; index++)
      users.push(
        await create('user', '/api/v1/users', { email: `fresh-${index}@example.com`, name: 'Fresh' }),
      );
    for (let index = 0; index < productsCount; index++)
      products.push(await create('product', '/api/v1/products', { name: `Bread ${index}`, price: 2.5 }));
    await expectProjectionsToMatch(mesh);
    await warmCaches();
  });
  afterAll(() => mesh?.stop());

  const create = async (name: 'user' | 'product', path: string, body: object): Promise<string> => {
    const answer = await call('POST', `${mesh.service(name).url}${path}`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.id;
  };
  const recommended = async ({ url }: RunningService, strategy: string): Promise<Item[]> => {
    const { status, body } = await call('GET', `${url}/api/v1/recommendations?strategy=${strategy}`);
    expect(status).toBe(200);
    return body.items;
  };
  const analytics = async (path: string) =>
    (await call('GET', `${mesh.service('analytics').url}/api/v1/analytics/${path}`)).body;
  const soon = (attempt: () => Promise<void>) =>
    eventually(attempt, { timeoutMs: freshMsMax, intervalMs: 10 });
  /** What every replica answers, to every strategy. */
  const everyAnswer = (look: (items: Item[], strategy: string) => void) =>
    Promise.all(
      replicas.flatMap((replica) =>
        strategies.map((strategy) => soon(async () => look(await recommended(replica, strategy), strategy))),
      ),
    );
  const samples = async ({ url }: RunningService) => parseMetrics((await call('GET', `${url}/metrics`)).body);

  /** Until each replica has answered each question out of its own memory. */
  const warmCaches = () =>
    Promise.all(
      replicas.map((replica) =>
        eventually(async () => {
          for (const strategy of strategies)
            expect(await recommended(replica, strategy)).toHaveLength(productsCount);
          const hits = (await samples(replica)).filter(
            ({ name, labels }) =>
              name === 'cache_requests_total' && labels.tier === 'memory' && labels.result === 'hit',
          );
          expect(hits[0]?.value ?? 0).toBeGreaterThanOrEqual(2 * strategies.length);
        }),
      ),
    );

  /** How many activities `consumers` have applied, and how many of those in time, by their own account. */
  const freshness = async (consumers: RunningService[]) => {
    const found = (await Promise.all(consumers.map(samples)))
      .flat()
      .filter(({ labels }) => labels.topic === 'user-updates');
    const sum = (name: string, le?: string) =>
      found
        .filter((sample) => sample.name === `event_freshness_seconds_${name}` && sample.labels.le === le)
        .reduce((total, { value }) => total + value, 0);
    return { applied: sum('count'), inTime: sum('bucket', freshBucketSeconds) };
  };

  test('an activity, in recommendations and analytics, and event_freshness_seconds has measured it', async () => {
    const consumers = [replicas, [mesh.service('analytics')]];
    const before = await Promise.all(consumers.map(freshness));
    let posted = 0;
    const roundsMs: number[] = [];

    for (const [round, product_id] of products.entries()) {
      // One buyer more than the leader has, so that this product leads now.
      const total = round + 1;
      for (const user_id of users.slice(0, total))
        await create('user', '/api/v1/events', { user_id, product_id, type: 'purchase', unit_price: 2.5 });
      posted += total;

      const recommendationsAreFresh = everyAnswer((items, strategy) => {
        expect(items[0]?.product_id).toBe(product_id);
        if (strategy === 'popular') expect(items[0]?.score).toBe(5 * total);
        else expect(items[0]?.score).toBeCloseTo(5 * total, 1);
      });
      const analyticsAreFresh = soon(async () => {
        const top = await analytics('products/top?metric=purchases&window=1h&limit=1');
        expect(top.items).toEqual([{ product_id, name: expect.stringContaining('Bread'), value: total }]);
        expect(await analytics('summary?window=1h')).toMatchObject({
          purchases: posted,
          revenue: posted * 2.5,
          active_users: round + 1,
        });
      });
      roundsMs.push(await duration(Promise.all([recommendationsAreFresh, analyticsAreFresh])));
    }
    expect(median(roundsMs)).toBeLessThan(medianFreshMsMax);

    const after = await Promise.all(consumers.map(freshness));
    for (const [index, { applied, inTime }] of after.entries()) {
      expect(applied - (before[index]?.applied ?? 0)).toBe(posted);
      expect(inTime - (before[index]?.inTime ?? 0)).toBe(posted);
    }
  });

  test('a new price, a sold out and a returned product, and one that is deleted', async () => {
    const [changing, leaving] = products as [string, string];
    const change = async (method: string, id: string, body?: object) => {
      const { status } = await call(method, `${mesh.service('product').url}/api/v1/products/${id}`, body);
      expect(status).toBe(body ? 200 : 204);
    };
    const idsOf = (items: Item[]) => items.map(({ product_id }) => product_id);

    const roundsMs: number[] = [];
    const freshAnswers = async (look: (items: Item[]) => void) => {
      roundsMs.push(await duration(everyAnswer(look)));
    };

    await change('PUT', changing, { price: 3.75 });
    await freshAnswers((items) =>
      expect(items.find((item) => item.product_id === changing)?.price).toBe(3.75),
    );

    await change('PUT', changing, { stock: 0 });
    await freshAnswers((items) => expect(idsOf(items)).not.toContain(changing));

    await change('PUT', changing, { stock: 1 });
    await freshAnswers((items) => expect(idsOf(items)).toContain(changing));

    await change('DELETE', leaving);
    await freshAnswers((items) => expect(idsOf(items)).not.toContain(leaving));
    await soon(async () => expect((await analytics('summary')).products).toBe(productsCount - 1));
    expect(median(roundsMs)).toBeLessThan(medianFreshMsMax);
  });
});

/** In milliseconds, from now until `work` has resolved. */
const duration = async (work: Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
};

/** Of an even count the lower one of the two. */
const median = (numbers: readonly number[]): number | undefined =>
  numbers.toSorted((one, other) => one - other)[Math.floor((numbers.length - 1) / 2)];
