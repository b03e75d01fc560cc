import { kafkaTopics } from '@souk/contracts/topics.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { redisMissing, testRedis } from '@souk/testing/redis.ts';
import type { TestBroker, TestPostgres, TestRedis } from '@souk/testing/servers.ts';
import { type RunningService, spawnService } from '@souk/testing/service.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const replicaCount = 3;
/** So little that the slowest machine asks for more. */
const limit = { perSecond: 5, burst: 50 };
const seconds = Number(process.env.LIMITS_SECONDS ?? 6);
const connections = 12;

let postgres: TestPostgres;
let broker: TestBroker;
let redis: TestRedis;
let replicas: RunningService[];

interface Flood {
  statuses: Set<number>;
  admitted: number;
  elapsedMs: number;
  /** Until the last refusal: then nothing was left. */
  emptyAtMs: number;
  /** The longest time without a refusal. A bucket that fills in less never ran over. */
  longestWithoutRefusalMs: number;
}

/** Asks all replicas for as long as that, and until one refuses, as one client and as fast as they answer. */
const flood = async (durationMs: number): Promise<Flood> => {
  const startedAt = performance.now();
  const found = { statuses: new Set<number>(), admitted: 0, emptyAtMs: 0, longestWithoutRefusalMs: 0 };
  const ask = async (url: string) => {
    const response = await fetch(`${url}/api/v1/recommendations?limit=1`);
    await response.arrayBuffer();
    found.statuses.add(response.status);
    if (response.status === 200) found.admitted += 1;
    if (response.status !== 429) return;
    const atMs = performance.now() - startedAt;
    found.longestWithoutRefusalMs = Math.max(found.longestWithoutRefusalMs, atMs - found.emptyAtMs);
    found.emptyAtMs = atMs;
  };
  const client = async (index: number) => {
    const { url } = replicas[index % replicaCount] as RunningService;
    while (performance.now() - startedAt < durationMs || !found.statuses.has(429)) await ask(url);
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => client(index)));
  return { ...found, elapsedMs: performance.now() - startedAt };
};

/** How many replicas had no answer of Redis in time, and so admitted by a bucket of their own. */
const replicasAlone = async (): Promise<number> => {
  const texts = await Promise.all(replicas.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  return texts.filter((text) => /^rate_limit_own_bucket_total\S* [1-9]/m.test(text)).length;
};

describe.skipIf(redisMissing)('three replicas behind one limit', () => {
  beforeAll(async () => {
    const topics = kafkaTopics.map(({ name }) => name);
    [postgres, broker, redis] = await Promise.all([testPostgres(), testBroker(topics), testRedis()]);
    const env = {
      ...{ DATABASE_URL: postgres.url('recommendation_service'), KAFKA_BROKERS: broker.brokers },
      ...{ RATE_LIMITS: 'on', RATE_LIMIT_REDIS_URL: redis.url, LOG_LEVEL: 'warn' },
      RATE_LIMIT_READ: `${limit.perSecond}/${limit.burst}`,
    };
    replicas = await Promise.all(
      Array.from({ length: replicaCount }, () => spawnService('recommendation', env)),
    );
    await Promise.all(replicas.map((replica) => replica.ready()));
  });
  afterAll(async () => {
    await Promise.all(replicas?.map((replica) => replica.stop()) ?? []);
    await Promise.all([redis?.stop(), broker?.stop(), postgres?.remove()]);
  });

  test('admit burst + rate × time together, give or take a hundredth', async () => {
    const { statuses, admitted, elapsedMs, emptyAtMs, longestWithoutRefusalMs } = await flood(
      seconds * 1_000,
    );
    const expected = (ms: number) => limit.burst + (limit.perSecond * ms) / 1_000;
    const alone = await replicasAlone();
    const ownBursts = alone * expected(elapsedMs);
    expect([...statuses].toSorted()).toEqual([200, 429]);
    expect(admitted).toBeLessThanOrEqual(expected(elapsedMs) * 1.01 + 1 + ownBursts);
    const fullInMs = (limit.burst / limit.perSecond) * 1_000;
    if (alone === 0 && longestWithoutRefusalMs < fullInMs)
      expect(admitted).toBeGreaterThanOrEqual(expected(emptyAtMs) * 0.99 - 1);
    console.log(
      `${admitted} admitted in ${elapsedMs.toFixed(0)} ms; the limit is ${expected(elapsedMs).toFixed(0)}`,
    );
  });

  test('fail no request when Redis is killed, and admit no more than a bucket of each', async () => {
    await redis.stop();
    const { statuses, admitted, elapsedMs } = await flood(seconds * 500);
    expect([...statuses].filter((status) => status !== 200 && status !== 429)).toEqual([]);
    expect(admitted).toBeLessThanOrEqual(
      replicaCount * (limit.burst + (limit.perSecond * elapsedMs) / 1_000),
    );
  });
});
