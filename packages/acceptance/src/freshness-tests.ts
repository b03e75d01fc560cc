import { parseMetrics } from '@souk/importers/shop/prometheus-text.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { redisMissing } from '@souk/testing/redis.ts';
import type { RunningService } from '@souk/testing/service.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { call } from './http-call.ts';
import { expectProjectionsToMatch } from './resilience/projections.ts';

const strategies = ['popular', 'trending'] as const;
const shoppersCount = 6;
const productsCount = 6;
/** Less than the minute for which a cache keeps an answer: one that changes by then was ended by the commit. */
const patienceMs = 40_000;

interface Item {
  product_id: string;
  score: number;
  price: number;
}

/** Of a mesh without products. It leaves a second replica of recommendation running: one that goes makes the others read again. */
export const freshnessTests = (given: () => TestMesh) =>
  describe('what has just happened is in the next answers, however warm the caches are', () => {
    let mesh: TestMesh;
    let replicas: RunningService[];
    const users: string[] = [];
    const products: string[] = [];

    beforeAll(async () => {
      mesh = given();
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
    const soon = (attempt: () => Promise<void>) => eventually(attempt, { timeoutMs: patienceMs });
    /** What every replica answers, to every strategy. */
    const everyAnswer = (look: (items: Item[], strategy: string) => void) =>
      Promise.all(
        replicas.flatMap((replica) =>
          strategies.map((strategy) =>
            soon(async () => look(await recommended(replica, strategy), strategy)),
          ),
        ),
      );
    const samples = async ({ url }: RunningService) =>
      parseMetrics((await call('GET', `${url}/metrics`)).body);

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

    /** How many activities event_freshness_seconds of `consumers` has measured. */
    const measured = async (consumers: RunningService[]) =>
      (await Promise.all(consumers.map(samples)))
        .flat()
        .filter(
          ({ name, labels }) => name === 'event_freshness_seconds_count' && labels.topic === 'user-updates',
        )
        .reduce((total, { value }) => total + value, 0);

    test('an activity, in recommendations and analytics, and event_freshness_seconds measures it once', async () => {
      const consumers = [replicas, [mesh.service('analytics')]];
      const before = await Promise.all(consumers.map(measured));
      let posted = 0;

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
        await Promise.all([recommendationsAreFresh, analyticsAreFresh]);
      }

      // A consumer measures after its commit, when others can read already.
      await soon(async () => {
        const after = await Promise.all(consumers.map(measured));
        expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([posted, posted]);
      });
    });

    test('a new price, a sold out and a returned product, and one that is deleted', async () => {
      const [changing, leaving] = products as [string, string];
      const change = async (method: string, id: string, body?: object) => {
        const { status } = await call(method, `${mesh.service('product').url}/api/v1/products/${id}`, body);
        expect(status).toBe(body ? 200 : 204);
      };
      const idsOf = (items: Item[]) => items.map(({ product_id }) => product_id);

      await change('PUT', changing, { price: 3.75 });
      await everyAnswer((items) =>
        expect(items.find((item) => item.product_id === changing)?.price).toBe(3.75),
      );

      await change('PUT', changing, { stock: 0 });
      await everyAnswer((items) => expect(idsOf(items)).not.toContain(changing));

      await change('PUT', changing, { stock: 1 });
      await everyAnswer((items) => expect(idsOf(items)).toContain(changing));

      await change('DELETE', leaving);
      await everyAnswer((items) => expect(idsOf(items)).not.toContain(leaving));
      await soon(async () => expect((await analytics('summary')).products).toBe(productsCount - 1));
    });
  });
