/**
 * What a change of the HTTP side costs ordinary requests, as the ratio of this checkout to another one: processor time
 * of the user service for one event, and for a batch of 100. Unlike a rate, it hardly depends on what else the machine
 * does. One Postgres and one broker for each; medians of alternating rounds, at the heap of production. About 2 minutes.
 *   node packages/acceptance/src/bench/request-cost.ts OTHER_CHECKOUT [ROUNDS]
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { startChild } from '@souk/embedded/child.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { testPostgres } from '@souk/testing/postgres.ts';

const [other, roundsGiven = '9'] = process.argv.slice(2);
if (other === undefined) throw new Error('give the folder of the other checkout');
const here = join(import.meta.dirname, '../../../..');
const connections = 16;
const roundMs = 2_000;

const agent = new Agent({ keepAlive: true, maxSockets: connections });

const post = (url: string, body: string) =>
  new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      if (response.statusCode && response.statusCode < 300) resolve(text);
      else reject(new Error(`${url} answered ${response.statusCode}: ${text}`));
    });
    sent.on('error', reject).end(body);
  });

/** The user service of a checkout, with everything of its own. */
const openUserService = async (folder: string) => {
  const [postgres, broker, port] = await Promise.all([
    testPostgres(),
    testBroker(kafkaTopics.map(({ name }) => name)),
    freePort(),
  ]);
  const service = await startChild({
    command: process.execPath,
    args: ['--max-semi-space-size=4', '--max-old-space-size=128', join(folder, 'services/user/src/main.ts')],
    env: {
      ...{ PATH: process.env.PATH, HOST: '127.0.0.1', PORT: `${port}`, LOG_LEVEL: 'warn' },
      ...{ DATABASE_URL: postgres.url('user_service'), KAFKA_BROKERS: broker.brokers },
    },
    stopDeadlineMs: 15_000,
    onLine: (line) => console.error(line),
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    if (!(await fetch(`${url}/ready`)).ok) throw new Error('not ready');
  });
  const account = JSON.parse(await post(`${url}/api/v1/users`, '{"email":"ada@example.com","name":"Ada"}'));
  const close = async () => {
    await service.stop();
    await Promise.all([broker.stop(), postgres.remove()]);
  };
  return { url, pid: service.pid, userId: account.id as string, close };
};

type UserService = Awaited<ReturnType<typeof openUserService>>;

const eventOf = (userId: string) => ({
  ...{ user_id: userId, type: 'view', quantity: 1, unit_price: 12.5 },
  data: { page: '/shelf/lamps', referrer: 'mail', position: 3 },
});

const loads = {
  'one event': ({ url, userId }: UserService) =>
    post(`${url}/api/v1/events`, JSON.stringify(eventOf(userId))),
  'a batch of 100': ({ url, userId }: UserService) =>
    post(`${url}/api/v1/events/batch`, JSON.stringify({ events: Array(100).fill(eventOf(userId)) })),
};

/** What the process has used so far, in ms; Linux alone tells it. */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return tickMs * (Number(fields[11]) + Number(fields[12]));
};
const tickMs = 10;

/** Processor time for each request of a round, in ms. */
const costOf = async (service: UserService, send: (service: UserService) => Promise<unknown>) => {
  const startedAt = performance.now();
  const usedBefore = processorMs(service.pid);
  let count = 0;
  const client = async () => {
    for (; performance.now() - startedAt < roundMs; count += 1) await send(service);
  };
  await Promise.all(Array.from({ length: connections }, client));
  return (processorMs(service.pid) - usedBefore) / count;
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

const [before, after] = await Promise.all([openUserService(other), openUserService(here)]);
for (const [name, send] of Object.entries(loads)) {
  const ratios: number[] = [];
  const costs: number[] = [];
  // The first round only warms up.
  for (let round = -1; round < Number(roundsGiven); round++) {
    const cost = new Map<UserService, number>();
    for (const service of round % 2 === 0 ? [before, after] : [after, before])
      cost.set(service, await costOf(service, send));
    if (round < 0) continue;
    costs.push(cost.get(after) as number);
    ratios.push((cost.get(after) as number) / (cost.get(before) as number));
  }
  const all = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
  console.log(
    `${name}: ${median(costs).toFixed(2)} ms, ${median(ratios).toFixed(3)} of the other checkout (${all})`,
  );
}
await Promise.all([before.close(), after.close()]);
agent.destroy();
