/**
 * What recommendations cost that no cache holds, over tables of a synthetic shop: answers per second, their times,
 * memory and disk. 1 is 1,000 products, 10,000 shoppers and 200,000 interactions; 100 takes some minutes and 8 GB.
 *   node packages/acceptance/src/bench/recommendation-cost.ts [SCALE] [SECONDS]
 * DATABASE_URL names a database to fill, or one that an earlier run filled at the same scale.
 */
import { performance } from 'node:perf_hooks';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { spawnService } from '@souk/testing/service.ts';
import postgres from 'postgres';
import { Pool } from 'undici';
import { fillTables, randomFrom, shopperId } from './recommendation-tables.ts';
import { processorMs, residentMiB, sessionsMs } from './stack/process-stats.ts';
import { productionEnv } from './stack/production.ts';

const [scale = 1, seconds = 10] = process.argv.slice(2).map(Number);
const size = { products: 1_000 * scale, shoppers: 10_000 * scale, interactionsEach: 20 };
const connections = 4;

// A quarter of the memory of a small server, as usual.
const settings = scale >= 100 ? { shared_buffers: '2GB' } : {};
const [server, broker] = await Promise.all([
  testPostgres({ settings }),
  testBroker(kafkaTopics.map(({ name }) => name)),
]);
const databaseUrl = process.env.DATABASE_URL ?? server.url('recommendation_service');
const startService = async () => {
  const started = await spawnService('recommendation', {
    ...{ ...productionEnv(), LOG_LEVEL: 'warn', DATABASE_URL: databaseUrl, KAFKA_BROKERS: broker.brokers },
  });
  await started.ready();
  return started;
};
// Keeps what it has compiled, as the image has it.
await (await startService()).stop();
const service = await startService();
const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });

const filledAt = performance.now();
const products = await fillTables(sql, size);
const [held] = await sql`
  select (select count(*) from product_shoppers) as entries,
    pg_total_relation_size('product_shoppers') + pg_total_relation_size('shoppers') as bytes`;
console.log(
  `scale ${scale}: ${held?.entries} interactions, ${(Number(held?.bytes) / Number(held?.entries)).toFixed(0)} bytes each, ` +
    `filled in ${((performance.now() - filledAt) / 1_000).toFixed(0)} s`,
);

const { now: idle } = residentMiB(service.pid);
const random = randomFrom(11);
const anyOf = (count: number) => Math.floor(random() * count);
// An excluded product that does not exist keeps every answer out of the cache.
const never = () =>
  `exclude=0198c1de-3b00-7000-9000-${anyOf(2 ** 40)
    .toString(16)
    .padStart(12, '0')}`;
const asked = {
  personal: () => `/api/v1/users/${shopperId(anyOf(size.shoppers))}/recommendations?${never()}`,
  similar: () => `/api/v1/products/${products[anyOf(products.length)]}/similar?${never()}`,
  popular: () => `/api/v1/recommendations?${never()}`,
};

const pool = new Pool(service.url, { connections });
const measure = async (path: () => string, forMs: number) => {
  const times: number[] = [];
  const until = performance.now() + forMs;
  const startedAt = performance.now();
  const used = [processorMs(service.pid), await sessionsMs(sql)] as const;
  const client = async () => {
    while (performance.now() < until) {
      const askedAt = performance.now();
      const { statusCode, body } = await pool.request({ path: path(), method: 'GET' });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${statusCode}: ${text}`);
      times.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(share * times.length)] as number).toFixed(1);
  const rate = times.length / ((performance.now() - startedAt) / 1_000);
  const cost = (now: number, before: number) => ((now - before) / times.length).toFixed(2);
  const spent = `${cost(processorMs(service.pid), used[0])} + ${cost(await sessionsMs(sql), used[1])} ms of processor time`;
  return `${rate.toFixed(0)} answers/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${spent} each (service + Postgres)`;
};

for (const [name, path] of Object.entries(asked)) {
  await measure(path, 2_000);
  console.log(
    `${name}: ${await measure(path, seconds * 1_000)}, ${residentMiB(service.pid).now.toFixed(0)} MiB`,
  );
}
console.log(`resident: ${idle.toFixed(0)} MiB idle, at most ${residentMiB(service.pid).peak.toFixed(0)} MiB`);

await pool.close();
await sql.end();
await service.stop();
await Promise.all([broker.stop(), server.remove()]);
