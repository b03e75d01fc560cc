/**
 * What protection costs: requests a second, and processor time of the service for each, with tokens that are verified,
 * limits shared in Redis and the audit, against a service without all of it. A Postgres and a broker for each; medians of
 * alternating rounds.
 *   node packages/acceptance/src/bench/protection-cost.ts [ROUNDS]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '@souk/contracts/services.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import {
  createSigner,
  publicKeysFile,
  rotateSigningKeys,
  signingKeysFile,
} from '@souk/service-kit/access/signing-keys.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { testRedis } from '@souk/testing/redis.ts';
import { spawnService } from '@souk/testing/service.ts';

const rounds = Number(process.argv[2] ?? 9);
const connections = 16;
const roundMs = 1_000;
const tickMs = 10;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const keys = mkdtempSync(join(tmpdir(), 'souk-keys-'));
await rotateSigningKeys(keys, 0);
const redis = await testRedis();

interface Call {
  method: string;
  path: string;
  body?: object;
}
interface Side {
  url: string;
  pid: number;
  headers: Record<string, string>;
  close(): Promise<void>;
}

const send = ({ url, headers }: Side, { method, path, body }: Call) =>
  new Promise<string>((resolve, reject) => {
    const text = body && JSON.stringify(body);
    const sent = request(
      `${url}${path}`,
      { agent, method, headers: { ...headers, ...(text && { 'content-type': 'application/json' }) } },
      async (response) => {
        const answer = Buffer.concat(await response.toArray()).toString();
        if ((response.statusCode ?? 500) < 300) resolve(answer);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
      },
    );
    sent.on('error', reject).end(text);
  });

const openSide = async (name: ServiceName, env: Record<string, string>, token?: string): Promise<Side> => {
  const topics = kafkaTopics.map((topic) => topic.name);
  const [postgres, broker] = await Promise.all([testPostgres(), testBroker(topics)]);
  const service = await spawnService(name, {
    ...{ DATABASE_URL: postgres.url(`${name}_service`), KAFKA_BROKERS: broker.brokers, LOG_LEVEL: 'warn' },
    ...env,
  });
  await service.ready();
  const close = async () => {
    await service.stop();
    await Promise.all([broker.stop(), postgres.remove()]);
  };
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return { url: service.url, pid: service.pid as number, headers, close };
};

const withoutAudit = new URL('../../../service-kit/src/testing/without-audit.mjs', import.meta.url).href;
const bare = { AUTH_MODE: 'open', RATE_LIMITS: 'off', NODE_OPTIONS: `--import=${withoutAudit}` };
const enough = '100000/100000';
const protectedBy = {
  ...{ AUTH_MODE: 'required', RATE_LIMITS: 'on', RATE_LIMIT_REDIS_URL: redis.url },
  ...{ RATE_LIMIT_READ: enough, RATE_LIMIT_WRITE: enough, AUTH_JWKS_FILE: publicKeysFile(keys) },
};

/** What the process has used so far, in ms; Linux alone tells it. */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return tickMs * (Number(fields[11]) + Number(fields[12]));
};

/** Requests a second, and microseconds of processor time for each. */
const measure = async (side: Side, call: (count: number) => Call) => {
  const startedAt = performance.now();
  const usedBefore = processorMs(side.pid);
  let count = 0;
  const client = async () => {
    while (performance.now() - startedAt < roundMs) await send(side, call(count++));
  };
  await Promise.all(Array.from({ length: connections }, client));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { rate: count / seconds, costUs: (1_000 * (processorMs(side.pid) - usedBefore)) / count };
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

/** `prepare` gives the call to measure, for a side. */
const compare = async (
  what: string,
  name: ServiceName,
  prepare: (side: Side) => Promise<(count: number) => Call>,
) => {
  const signer = createSigner({ file: signingKeysFile(keys), issuer: 'souk', audience: 'souk' });
  const token = await signer.sign({ subject: 'a-bench', clientId: 'bench', roles: ['admin'] });
  const sides = [await openSide(name, bare), await openSide(name, protectedBy, token)];
  const calls = await Promise.all(sides.map(prepare));
  const rates: number[][] = [[], []];
  const costs: number[][] = [[], []];
  // The first round only warms up.
  for (let round = -1; round < rounds; round++)
    for (const turn of [0, 1]) {
      const index = (turn + round + 1) % 2;
      const { rate, costUs } = await measure(sides[index] as Side, calls[index] as (count: number) => Call);
      if (round < 0) continue;
      rates[index]?.push(rate);
      costs[index]?.push(costUs);
    }
  const [without = 0, protectedRate = 0] = rates.map(median);
  const [costWithout = 0, costWith = 0] = costs.map(median);
  console.log(
    `${what}: ${without.toFixed(0)} → ${protectedRate.toFixed(0)} requests/s (${(protectedRate / without).toFixed(2)}), ` +
      `${costWithout.toFixed(1)} → ${costWith.toFixed(1)} us of the service (${(costWithout / costWith).toFixed(2)})`,
  );
  await Promise.all(sides.map(({ close }) => close()));
};

const account = async (side: Side): Promise<string> => {
  const body = { email: 'bench@example.org', name: 'Bench' };
  return JSON.parse(await send(side, { method: 'POST', path: '/api/v1/users', body })).id;
};
await compare('an answer out of memory', 'recommendation', async () => () => ({
  method: 'GET',
  path: '/api/v1/recommendations?limit=10',
}));
await compare('one user read', 'user', async (side) => {
  const path = `/api/v1/users/${await account(side)}`;
  return () => ({ method: 'GET', path });
});
await compare('a product created', 'product', async () => (count) => ({
  method: 'POST',
  path: '/api/v1/products',
  body: { name: `Lamp ${count}`, price: 24.5 },
}));
await redis.stop();
agent.destroy();
rmSync(keys, { recursive: true });
