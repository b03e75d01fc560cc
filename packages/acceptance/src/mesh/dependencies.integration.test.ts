import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { redisMissing } from '@souk/testing/redis.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, call } from '../http-call.ts';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { startTraffic, type Traffic } from '../resilience/traffic.ts';

/** A read that needs the service's database: the limit is one that no other test asks for. */
const reads = {
  user: '/api/v1/users?limit=37',
  product: '/api/v1/products?limit=37',
  recommendation: '/api/v1/recommendations?limit=37',
  analytics: '/api/v1/analytics/summary?window=all',
};
const isReadable = (name: ServiceName): name is keyof typeof reads => name in reads;
const readable = serviceNames.filter(isReadable);
/** Less than the minute for which a cache keeps an answer. */
const patienceMs = 40_000;

describe('a dependency that is not there', () => {
  let mesh: TestMesh;
  let traffic: Traffic;
  beforeAll(async () => {
    mesh = await testMesh({ without: serviceNames });
    await mesh.postgres.stop();
    await mesh.broker.stop();
    await Promise.all(serviceNames.map((name) => mesh.start(name, { wait: false })));
  });
  afterAll(() => mesh?.stop());

  const get = (name: ServiceName, path: string) => call('GET', `${mesh.service(name).url}${path}`);
  const post = (name: ServiceName, path: string, body: unknown) =>
    call('POST', `${mesh.service(name).url}${path}`, body);
  const logsOf = (name: ServiceName) => mesh.service(name).logs.join('\n');
  const allReady = () => Promise.all(serviceNames.map((name) => mesh.service(name).ready()));

  const expectProblem = (answer: Answer, status: number, code: string) => {
    expect(answer).toMatchObject({ status, body: { status, code, request_id: expect.any(String) } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  };
  /** Its process runs and says for what it waits; it takes no request. */
  const expectWaiting = async (name: ServiceName, forWhat: string) => {
    await eventually(async () => {
      const ready = await get(name, '/ready');
      expectProblem(ready, 503, 'not_ready');
      expect(ready.body.detail).toContain(`waiting for ${forWhat}`);
    });
    expect((await get(name, '/live')).status).toBe(200);
    expect(await get(name, '/health')).toMatchObject({
      status: 503,
      body: { status: 'down', service: name, waiting_for: forWhat },
    });
    if (!isReadable(name)) return;
    const refused = await get(name, reads[name]);
    expectProblem(refused, 503, 'service_starting');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await eventually(() => expect(logsOf(name)).toContain(`"msg":"waiting for ${forWhat}"`));
  };

  describe('when a service starts', () => {
    test('is waited for: for Postgres, then for Kafka, and the service says so', async () => {
      const { host } = new URL(mesh.postgres.url('user_service'));
      await Promise.all(serviceNames.map((name) => expectWaiting(name, `postgres at ${host}`)));

      await mesh.postgres.start();

      await Promise.all(serviceNames.map((name) => expectWaiting(name, `kafka at ${mesh.broker.brokers}`)));
    });

    test('makes the service ready by itself when it appears', async () => {
      await mesh.broker.start();

      await allReady();
      for (const name of readable) expect((await get(name, reads[name])).status).toBe(200);
      traffic = await startTraffic(mesh);
      await traffic.activity(100);
      await expectProjectionsToMatch(mesh);
    });

    test('is told of without credentials', async () => {
      for (const name of serviceNames) {
        const { password } = new URL(mesh.postgres.url(`${name}_service`));
        const shown = `${logsOf(name)}${JSON.stringify((await get(name, '/health')).body)}`;
        expect(shown).not.toContain(password);
        expect(shown).not.toContain('postgres://');
      }
    });
  });

  describe.skipIf(redisMissing)('Redis', () => {
    const path = '/api/v1/recommendations?strategy=popular&limit=100';

    /** One more view, and the answer is soon what a count over the owners' tables gives. */
    const expectFreshAnswers = async () => {
      const event = { user_id: traffic.users[0], product_id: traffic.products[1], type: 'view' };
      expect((await post('user', '/api/v1/events', event)).status).toBe(201);
      const expected = await mesh.sql`
        select products.id as product_id, coalesce(sum(least(times, 3) * case type
          when 'view' then 1 when 'add_to_cart' then 3 when 'like' then 2 when 'purchase' then 5 end), 0)::int as score
        from product_service.products left join (
          select product_id, type, count(*) as times from user_service.events group by user_id, product_id, type
        ) as repeated on product_id = products.id
        where coalesce(stock, 1) > 0 group by products.id order by score desc, product_id`;
      await eventually(
        async () => {
          const { status, body } = await get('recommendation', path);
          expect(status).toBe(200);
          const items = body.items.map(({ product_id, score }: Item) => ({ product_id, score }));
          expect(items).toEqual([...expected]);
        },
        { timeoutMs: patienceMs },
      );
    };
    interface Item {
      product_id: string;
      score: number;
    }
    const healthBecomes = (status: string, redis: string) =>
      eventually(async () =>
        expect(await get('recommendation', '/health')).toMatchObject({
          status: 200,
          body: { status, dependencies: { redis: { status: redis } } },
        }),
      );

    /** Asks without a pause while `during` runs; every answer must come. */
    const answeringThroughout = async (during: () => Promise<void>) => {
      let over = false;
      const ask = async () => {
        while (!over) expect((await get('recommendation', path)).status).toBe(200);
      };
      const asking = ask();
      asking.catch(() => undefined);
      await during().finally(() => {
        over = true;
      });
      await asking;
    };

    test('may go away and come back: answers stay right, and only /health tells', async () => {
      await answeringThroughout(async () => {
        await expectFreshAnswers();
        await mesh.redis.stop();
        await expectFreshAnswers();
        await healthBecomes('degraded', 'down');
        await expectFreshAnswers();
        await mesh.redis.start();
        await expectFreshAnswers();
        await healthBecomes('ok', 'ok');
        await expectFreshAnswers();
      });
    });

    test('may freeze and wake up: answers come while it is frozen, and stay right', async () => {
      await answeringThroughout(async () => {
        mesh.redis.pause();
        await expectFreshAnswers();
        await healthBecomes('degraded', 'down');
        await expectFreshAnswers();
        mesh.redis.resume();
        await expectFreshAnswers();
        await healthBecomes('ok', 'ok');
        await expectFreshAnswers();
      });
    });
  });

  describe('Kafka', () => {
    test('is not needed to accept writes, and gets them all when it is back', async () => {
      await mesh.broker.stop();
      for (const name of ['user', 'product'] as const)
        await eventually(async () => expect((await get(name, '/health')).status).toBe(503));

      await startTraffic(mesh);
      await traffic.activity(300);
      await traffic.changes();
      const event = { user_id: traffic.users[0], product_id: traffic.products[1], type: 'purchase' };
      expect((await post('user', '/api/v1/events', event)).status).toBe(201);
      for (const name of serviceNames) {
        await eventually(async () => expect((await get(name, '/ready')).status).toBe(200));
        if (isReadable(name)) expect((await get(name, reads[name])).status).toBe(200);
      }

      await mesh.broker.start();
      await expectProjectionsToMatch(mesh);
      for (const name of serviceNames)
        await eventually(async () => expect((await get(name, '/health')).body.status).toBe('ok'));
    });
  });

  describe('Postgres', () => {
    const expectUnavailable = (answer: Answer) => {
      expectProblem(answer, 503, 'dependency_unavailable');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    };
    const expectDown = async (name: ServiceName) => {
      await eventually(async () => expectProblem(await get(name, '/ready'), 503, 'not_ready'));
      expect((await get(name, '/live')).status).toBe(200);
      expect(await get(name, '/health')).toMatchObject({
        status: 503,
        body: { status: 'down', dependencies: { postgres: { status: 'down' } } },
      });
    };
    const expectRightAgain = async () => {
      await allReady();
      await traffic.activity(100);
      await traffic.changes();
      await expectProjectionsToMatch(mesh);
    };

    test('may go away and come back: requests are refused meanwhile, and right afterwards', async () => {
      await mesh.postgres.stop();

      for (const name of readable) expectUnavailable(await get(name, reads[name]));
      expectUnavailable(await post('user', '/api/v1/users', { email: 'late@example.com', name: 'Late' }));
      expectUnavailable(await post('product', '/api/v1/products', { name: 'Late', price: 1 }));
      await Promise.all(serviceNames.map(expectDown));

      await mesh.postgres.start();
      await expectRightAgain();
    });

    test('may freeze and wake up: no service is ready meanwhile, and no answer is wrong', async () => {
      mesh.postgres.pause();
      const pending = readable.map((name) => get(name, reads[name]));
      await Promise.all(serviceNames.map(expectDown));
      // It ends by itself after 10 s; the others when a connection takes too long, at the latest after 30 s.
      expectUnavailable(await (pending[readable.indexOf('recommendation')] as Promise<Answer>));

      mesh.postgres.resume();
      for (const answer of await Promise.all(pending)) if (answer.status !== 200) expectUnavailable(answer);
      await expectRightAgain();
    });
  });
});
