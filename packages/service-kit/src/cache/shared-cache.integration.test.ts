import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisMissing, testRedis } from '@souk/testing/redis.ts';
import type { TestRedis } from '@souk/testing/servers.ts';
import fc from 'fast-check';
import { Redis as Client } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { wait } from '../service/backoff.ts';
import { staleMsMax } from './generation.ts';
import { commandTimeoutMs, openRedis, type Redis } from './redis.ts';
import { createResponseCache, type ResponseCache } from './response-cache.ts';

const log = createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
const redisTest = test.skipIf(redisMissing);
let server: TestRedis;
let namespaces = 0;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  server = await testRedis();
});
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await server.stop();
});

interface Replica {
  cache: ResponseCache;
  redis: Redis;
  metrics: Metrics;
}

const openReplica = (namespace: string, url = server.url): Replica => {
  const metrics = createMetrics('test');
  const redis = openRedis({ url, metrics, log });
  const cache = createResponseCache({ namespace, redis, metrics });
  stops.push(async () => {
    await cache.close();
    redis.close();
  });
  return { cache, redis, metrics };
};

/** Replicas of one service that are connected, with a state they all read. */
const openReplicas = async (count: number) => {
  namespaces += 1;
  const namespace = `test-${namespaces}:`;
  const replicas = Array.from({ length: count }, () => openReplica(namespace));
  await expect.poll(() => replicas.every(({ redis }) => redis.usable())).toBe(true);
  let state = 0;
  let loads = 0;
  return {
    replicas: replicas as [Replica, Replica],
    loads: () => loads,
    commit: () => {
      state += 1;
      return state;
    },
    state: () => state,
    read: async ({ cache }: Replica, key = 'k', loadMs = 0) =>
      Number(
        await cache.get(key, async () => {
          loads += 1;
          const seen = state;
          if (loadMs > 0) await wait(loadMs);
          return String(seen);
        }),
      ),
  };
};

const count = async ({ metrics }: Replica, tier: string, result: string): Promise<number> => {
  const { values } = await metrics.counter('cache_requests_total', '', ['tier', 'result']).get();
  return values.find(({ labels }) => labels.tier === tier && labels.result === result)?.value ?? 0;
};

redisTest(
  'a change announced by one replica is in the answers of the other at once, or the bound later',
  async () => {
    const { replicas, read, commit } = await openReplicas(2);
    const [one, two] = replicas;
    await read(two);
    commit();
    await one.cache.advance();
    const advancedAt = performance.now();
    for (let answer = 0; answer !== 1; ) {
      const askedAt = performance.now();
      answer = await read(two);
      if (askedAt - advancedAt > staleMsMax) expect(answer).toBe(1);
    }
  },
);

redisTest(
  'with Redis gone every answer is the state at its request, and one load runs for many requests',
  async () => {
    const { replicas, read, commit, loads } = await openReplicas(2);
    const [one, two] = replicas;
    await read(two);
    await server.stop();
    try {
      await expect.poll(() => one.redis.usable() || two.redis.usable()).toBe(false);
      commit();
      void one.cache.advance();
      expect(await read(two)).toBe(1);
      const before = loads();
      await Promise.all(Array.from({ length: 50 }, () => read(two, 'many', 5)));
      expect(loads() - before).toBe(1);
      expect(await count(two, 'memory', 'bypass')).toBeGreaterThanOrEqual(51);
    } finally {
      await server.start();
    }
    await expect.poll(() => one.redis.usable() && two.redis.usable()).toBe(true);
    const hits = await count(two, 'memory', 'hit');
    await expect
      .poll(async () => {
        expect(await read(two)).toBe(1);
        return count(two, 'memory', 'hit');
      })
      .toBeGreaterThan(hits);
  },
);

redisTest('a change that could not be announced is announced when Redis is back', async () => {
  const { replicas, read, commit } = await openReplicas(2);
  const [one, two] = replicas;
  await read(two);
  await server.stop();
  commit();
  const announced = one.cache.advance();
  await server.start();
  await announced;
  const announcedAt = performance.now();
  while (performance.now() - announcedAt < staleMsMax) await read(two);
  expect(await read(two)).toBe(1);
});

redisTest('a Redis that hangs holds up no answer, nor makes one older than the bound', async () => {
  const { replicas, read, commit } = await openReplicas(2);
  const [one] = replicas;
  await read(one);
  server.pause();
  try {
    commit();
    const committedAt = performance.now();
    for (let answer = 0; answer !== 1; await wait(1)) {
      const askedAt = performance.now();
      answer = await read(one);
      if (askedAt - committedAt > staleMsMax) expect(answer).toBe(1);
    }
    expect(await read(one)).toBe(1);
  } finally {
    server.resume();
  }
  await expect.poll(() => one.redis.usable()).toBe(true);
});

redisTest('a pause of this process is not taken for a Redis that hangs', async () => {
  const { replicas } = await openReplicas(1);
  const pong = replicas[0].redis.ping();
  const until = performance.now() + 2 * commandTimeoutMs;
  while (performance.now() < until);
  await pong;
});

redisTest('a cache opened without a Redis answers all the same', async () => {
  const replica = openReplica('nowhere:', 'redis://127.0.0.1:1');
  expect(String(await replica.cache.get('k', async () => 'there'))).toBe('there');
  await expect(replica.redis.ping()).rejects.toThrow();
});

redisTest('a Redis that comes back with an older state of its own is not believed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  let persistent = await spawnRedis(port, folder);
  const url = `redis://127.0.0.1:${port}`;
  const admin = new Client(url);
  stops.push(
    () => admin.disconnect(),
    () => persistent.kill('SIGKILL'),
    () => rm(folder, { recursive: true }),
  );
  let state = 0;
  const { cache, redis } = openReplica('older:', url);
  const read = async () => Number(await cache.get('k', async () => String(state)));
  await expect.poll(async () => (await read()) === 0 && (await admin.exists('older:generation'))).toBe(1);
  await admin.save();
  state = 1;
  await cache.advance();
  const advancedAt = performance.now();
  persistent.kill('SIGKILL');
  await expect.poll(() => redis.usable()).toBe(false);
  persistent = await spawnRedis(port, folder);
  await expect.poll(() => redis.usable()).toBe(true);
  const backAt = performance.now();
  while (performance.now() - backAt < 3 * staleMsMax) {
    const askedAt = performance.now();
    if ((await read()) !== 1) expect(askedAt - advancedAt).toBeLessThan(staleMsMax);
    await wait(10);
  }
});

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
};

/** One that keeps its data in `folder` when told to SAVE. */
const spawnRedis = async (port: number, folder: string): Promise<ChildProcess> => {
  const child = spawn('redis-server', ['--port', `${port}`, '--dir', folder, '--save', '']);
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept')) break;
  return child;
};

type Step = { kind: 'read'; loadMs: number } | { kind: 'change' } | { kind: 'wait'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), loadMs: fc.nat({ max: 400 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), loadMs: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('change' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 120 }) }) },
);
const plan = fc.array(fc.tuple(fc.nat({ max: 1 }), step), { minLength: 10, maxLength: 60, size: 'max' });

/** Runs a plan on two replicas and checks every answer against what had been announced before its request. */
const checkPlan = async (steps: readonly [replica: number, step: Step][]): Promise<void> => {
  const shop = await openReplicas(2);
  const announced: { state: number; at: number }[] = [];
  const reads: Promise<void>[] = [];
  for (const [index, action] of steps) {
    const replica = shop.replicas[index] as Replica;
    if (action.kind === 'wait') await wait(action.ms);
    if (action.kind === 'change') {
      const state = shop.commit();
      void replica.cache.advance().then(() => announced.push({ state, at: performance.now() }));
    }
    if (action.kind === 'read') {
      const askedAt = performance.now();
      const known = announced.filter(({ at }) => at < askedAt - staleMsMax).map(({ state }) => state);
      const read = shop.read(replica, 'k', action.loadMs);
      reads.push(read.then((seen) => expect(seen).toBeGreaterThanOrEqual(Math.max(0, ...known))));
      await wait(1);
    }
  }
  await Promise.all(reads);
};

redisTest('no answer is older than the last change announced 250 ms before its request', async () => {
  await Promise.all(fc.sample(plan, 60).map(checkPlan));
});

redisTest('nor while Redis hangs, dies and comes back empty', async () => {
  const done = new AbortController();
  const disturb = async () => {
    for (let round = 0; !done.signal.aborted; round++) {
      await wait(150, done.signal);
      server.pause();
      await wait(40 * (round % 10), done.signal);
      server.resume();
      if (round % 3 !== 2) continue;
      await server.stop();
      await server.start();
    }
  };
  const disturbing = disturb();
  const checked = Promise.all(fc.sample(plan, 60).map((steps) => checkPlan([...steps, ...steps])));
  await Promise.allSettled([disturbing, checked.finally(() => done.abort())]);
  await Promise.all([disturbing, checked]);
});
