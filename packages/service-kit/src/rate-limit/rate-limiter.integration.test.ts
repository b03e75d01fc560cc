import { eventually } from '@souk/testing/eventually.ts';
import { redisMissing, testRedis } from '@souk/testing/redis.ts';
import type { TestRedis } from '@souk/testing/servers.ts';
import { Redis as Client } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openRedis, type Redis } from '../cache/redis.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Limit } from './limits.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';

const log = createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
const redisTest = test.skipIf(redisMissing);
let server: TestRedis;
const clients: Redis[] = [];
const metrics = createMetrics('test');

beforeAll(async () => {
  server = await testRedis();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => server.stop());

/** Decisions that a replica made by itself, because Redis did not answer. */
let own = 0;

/** Until every replica is connected, and no command is left without a reply: replies come in the order of commands. */
const quiet = () => Promise.all(clients.map((redis) => eventually(() => redis.ping())));

/** Replicas that are connected. */
const openReplicas = async (count: number): Promise<RateLimiter[]> => {
  const opened = Array.from({ length: count }, () => openRedis({ url: server.url, metrics, log }));
  clients.push(...opened);
  await quiet();
  const onOwn = () => {
    own += 1;
  };
  return opened.map((redis) => createRateLimiter(redis, 'test:', onOwn));
};

let keys = 0;
const newKey = () => `key-${++keys}`;

/** How many of so many requests, spread over the replicas and all at once, are admitted. */
const admitted = async (replicas: RateLimiter[], key: string, limit: Limit, requests: number, cost = 1) => {
  const decisions = await Promise.all(
    Array.from({ length: requests }, (_, index) =>
      (replicas[index % replicas.length] as RateLimiter).take(key, limit, cost),
    ),
  );
  return decisions.filter((decision) => decision.admitted).length;
};

/** How many commands were sent so far. */
const commands = async () => {
  const { values } = (await metrics.registry.getSingleMetric('redis_requests_total')?.get()) ?? {
    values: [],
  };
  return values.reduce((sum, { value }) => sum + value, 0);
};

/** Tries until every question was answered in time: on a slow machine a replica may take Redis for gone. */
const undisturbed = async (attempt: () => Promise<void>): Promise<void> => {
  for (;;) {
    await quiet();
    const before = own;
    try {
      return await attempt();
    } catch (error) {
      if (own === before) throw error;
    }
  }
};

/** Fills so slowly that no test is long enough for a token. */
const slow = { perSecond: 0.001, burst: 300 };

const expectShared = async (replicas: RateLimiter[]): Promise<void> => {
  const count = await admitted(replicas, newKey(), slow, 1_000);
  expect(count).toBeLessThanOrEqual(slow.burst);
  // What one has taken ahead and does not use is lost: a hundredth for each.
  expect(count).toBeGreaterThanOrEqual(slow.burst - 3 * replicas.length);
};

redisTest('replicas share a bucket: together they admit what it holds', async () => {
  const replicas = await openReplicas(3);
  await undisturbed(() => expectShared(replicas));
});

redisTest('replicas admit burst + rate × time at most, by one clock', async () => {
  const replicas = await openReplicas(3);
  const limit = { perSecond: 1_000, burst: 100 };
  await undisturbed(async () => {
    const key = newKey();
    const started = performance.now();
    let count = 0;
    let elapsed = 0;
    for (; elapsed < 1_000; elapsed = performance.now() - started)
      count += await admitted(replicas, key, limit, 30);
    expect(count).toBeGreaterThan(limit.burst);
    expect(count).toBeLessThanOrEqual((limit.burst + elapsed) * 1.01);
  });
});

redisTest(
  'a batch costs a token for each of its items, and is admitted as a whole or not at all',
  async () => {
    const [replica] = (await openReplicas(1)) as [RateLimiter];
    await undisturbed(async () => {
      const key = newKey();
      expect(await admitted([replica], key, slow, 3, 101)).toBe(2);
      expect(await replica.take(key, slow, 101)).toMatchObject({ admitted: false });
    });
  },
);

redisTest('who is refused is told when to come again, without another question to Redis', async () => {
  const [replica] = (await openReplicas(1)) as [RateLimiter];
  const limit = { perSecond: 0.001, burst: 5 };
  await undisturbed(async () => {
    const key = newKey();
    await admitted([replica], key, limit, 5);
    const refused = await replica.take(key, limit, 1);
    expect(refused).toMatchObject({ admitted: false, left: 0 });
    expect(refused.waitMs).toBeGreaterThan(0);
    expect(refused.waitMs).toBeLessThanOrEqual(1_000_000);
    expect(replica.take(key, limit, 1)).not.toBeInstanceOf(Promise);
  });
});

redisTest('three hundred callers at once are three commands, each with a bucket of its own', async () => {
  const [replica] = (await openReplicas(1)) as [RateLimiter];
  const limit = { perSecond: 0.001, burst: 2 };
  await undisturbed(async () => {
    const before = await commands();
    const callers = Array.from({ length: 300 }, newKey);
    const decisions = await Promise.all(callers.map((key) => replica.take(key, limit, 2)));
    expect(decisions.every((decision) => decision.admitted && decision.left === 0)).toBe(true);
    expect((await commands()) - before).toBe(3);
  });
});

redisTest('no bucket stays in Redis once it is full, and none is kept under a name', async () => {
  const [replica] = (await openReplicas(1)) as [RateLimiter];
  const client = new Client(server.url);
  await replica.take('address:192.0.2.1', { perSecond: 1, burst: 10 }, 5);
  const names = await client.keys('test:*');
  expect(names.join()).not.toContain('192.0.2');
  // It would say -1; of one that is full by now it says -2.
  for (const name of names) expect(await client.pttl(name)).not.toBe(-1);
  client.disconnect();
});

redisTest('is well while Redis shares buckets, and not when it is full or refuses the script', async () => {
  const [replica] = (await openReplicas(1)) as [RateLimiter];
  const client = new Client(server.url);
  try {
    await eventually(() => expect(replica.check()).resolves.toBeUndefined());
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    await client.config('SET', 'maxmemory', '1');
    await eventually(() => expect(replica.check()).rejects.toThrow(/OOM/));
    await client.config('SET', 'maxmemory', '0');
    await eventually(() => expect(replica.check()).resolves.toBeUndefined());
    await client.acl('SETUSER', 'default', '-eval', '-evalsha');
    await eventually(() => expect(replica.check()).rejects.toThrow(/NOPERM/));
    // And nobody is refused for it.
    expect(await replica.take(newKey(), slow, 1)).toMatchObject({ admitted: true });
  } finally {
    await client.config('SET', 'maxmemory', '0');
    await client.acl('SETUSER', 'default', '+@all');
    client.disconnect();
  }
});

redisTest(
  'while Redis is frozen each replica admits one bucket of its own, and waits no longer than for a command',
  async () => {
    const replicas = await openReplicas(2);
    server.pause();
    try {
      const key = newKey();
      expect(await admitted(replicas, key, slow, 2_000)).toBe(2 * slow.burst);
      for (const replica of replicas)
        expect(await replica.take(key, slow, 1)).toMatchObject({ admitted: false });
    } finally {
      server.resume();
    }
  },
);

redisTest(
  'while Redis is gone each replica has a bucket of its own, and the shared one again after',
  async () => {
    const replicas = await openReplicas(2);
    const key = newKey();
    const before = await admitted(replicas, key, slow, 100);
    await server.stop();
    const during = await admitted(replicas, key, slow, 2_000);
    await server.start();
    expect(before).toBe(100);
    expect(during).toBeGreaterThanOrEqual(2 * slow.burst);
    // And what each had taken ahead.
    expect(during).toBeLessThanOrEqual(2 * slow.burst + 2 * 3);
    await undisturbed(() => expectShared(replicas));
  },
);

test('without Redis a process admits what its own bucket holds', async () => {
  const limiter = createRateLimiter(undefined, 'test:');
  expect(await admitted([limiter], newKey(), slow, 1_000)).toBe(slow.burst);
});
