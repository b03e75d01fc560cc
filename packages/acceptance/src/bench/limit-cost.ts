/**
 * What rate limits cost a request that does hardly anything else: processor time of the recommendation service for an
 * answer out of its memory, as the ratio to one without limits. A Postgres and a broker for each; the lower quartile of
 * alternating rounds, since whatever else the machine does only adds. About a minute.
 *   node packages/acceptance/src/bench/limit-cost.ts [ROUNDS]
 */
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { testRedis } from '@souk/testing/redis.ts';
import { spawnService } from '@souk/testing/service.ts';

const rounds = Number(process.argv[2] ?? 9);
const connections = 16;
const roundMs = 1_000;
const tickMs = 10;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

const ask = (url: string) =>
  new Promise<void>((resolve, reject) => {
    get(`${url}/api/v1/recommendations?limit=10`, { agent }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`answered ${response.statusCode}`));
      });
    }).on('error', reject);
  });

const redis = await testRedis();
const openService = async (env: Record<string, string>) => {
  const [postgres, broker] = await Promise.all([
    testPostgres(),
    testBroker(kafkaTopics.map(({ name }) => name)),
  ]);
  const service = await spawnService('recommendation', {
    ...{ DATABASE_URL: postgres.url('recommendation_service'), KAFKA_BROKERS: broker.brokers },
    ...{ LOG_LEVEL: 'warn', RATE_LIMIT_READ: '100000/10000', ...env },
  });
  await service.ready();
  const close = async () => {
    await service.stop();
    await Promise.all([broker.stop(), postgres.remove()]);
  };
  return { url: service.url, pid: service.pid as number, close };
};
type Service = Awaited<ReturnType<typeof openService>>;

/** What the process has used so far, in ms; Linux alone tells it. */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return tickMs * (Number(fields[11]) + Number(fields[12]));
};

/** Processor time for each request of a round, in microseconds. */
const costOf = async ({ url, pid }: Service): Promise<number> => {
  const startedAt = performance.now();
  const usedBefore = processorMs(pid);
  let count = 0;
  const client = async () => {
    for (; performance.now() - startedAt < roundMs; count += 1) await ask(url);
  };
  await Promise.all(Array.from({ length: connections }, client));
  return (1_000 * (processorMs(pid) - usedBefore)) / count;
};

const lowerQuartile = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 2] as number;

const services = {
  'without limits': await openService({ RATE_LIMITS: 'off' }),
  'each process its own': await openService({ RATE_LIMITS: 'on' }),
  'shared in Redis': await openService({ RATE_LIMITS: 'on', RATE_LIMIT_REDIS_URL: redis.url }),
};
const costs = Object.values(services).map((): number[] => []);
// The first round only warms up.
for (let round = -1; round < rounds; round++)
  for (let turn = 0; turn < costs.length; turn++) {
    const index = (turn + round + 1) % costs.length;
    const cost = await costOf(Object.values(services)[index] as Service);
    if (round >= 0) costs[index]?.push(cost);
  }
const quartiles = costs.map(lowerQuartile);
for (const [index, name] of Object.keys(services).entries()) {
  const [base, cost] = [quartiles[0], quartiles[index]] as [number, number];
  console.log(`${name}: ${cost.toFixed(1)} us, requests per processor second ${(base / cost).toFixed(3)}`);
}
await Promise.all(Object.values(services).map(({ close }) => close()));
await redis.stop();
agent.destroy();
