import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { type EmbeddedBroker, startBroker } from '@souk/embedded/broker.ts';
import { type Child, startChild } from '@souk/embedded/child.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '@souk/embedded/postgres.ts';
import { databaseUrl } from '@souk/embedded/postgres-database.ts';
import { openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { soukHere } from '../testing/souk-here.ts';

const service = fileURLToPath(new URL('../../../../services/analytics/src/main.ts', import.meta.url));
const deadlineMs = 120_000;
const stopDeadlineMs = 15_000;
const users = 50;
/** More than the broker in memory keeps of a partition. */
const overflow = { messages: 8, bytes: 1_000_000 };

// A rebuild waits for the consumers to join their group again, in its own time.

let server: EmbeddedPostgres;
let brokerPort: number;
let broker: EmbeddedBroker;
let analytics: Child;
let sender: Sender;
let sql: postgres.Sql;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  brokerPort = await freePort();
  [server, broker] = await Promise.all([startPostgres({ durable: false }), startEmptyBroker()]);
  sql = postgres(databaseUrl(server.address, 'analytics_service'), { max: 1, onnotice: () => undefined });
  sender = await openSender(broker.brokers);
});
afterAll(async () => {
  await sender?.close();
  await sql?.end({ timeout: 1 });
  await analytics?.stop();
  await Promise.all([broker?.stop(), server?.stop()]);
});

const startEmptyBroker = () =>
  startBroker({ ports: [brokerPort], topics: kafkaTopics.map(({ name }) => name) });
const startAnalytics = async () => {
  analytics = await startChild({
    command: process.execPath,
    args: [service],
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: new URL(url).port,
      DATABASE_URL: databaseUrl(server.address, 'analytics_service'),
      KAFKA_BROKERS: broker.brokers,
      KAFKA_FETCH_WAIT_MAX_MS: '30',
      KAFKA_SESSION_TIMEOUT_MS: '4000',
    },
    stopDeadlineMs,
  });
  await vi.waitFor(async () => expect((await fetch(`${url}/ready`)).status).toBe(200), {
    timeout: deadlineMs,
    interval: 100,
  });
};
const rebuild = (name: string, ...args: string[]) => {
  const database = args.includes('--database-url')
    ? []
    : ['--database-url', databaseUrl(server.address, 'analytics_service')];
  return soukHere(['rebuild', name, '--brokers', broker.brokers, ...database, ...args]);
};
const register = (sequence: number) => {
  const userId = randomUUID();
  const at = '2026-01-01T00:00:00.000Z';
  return encodeEvent(userUpdates.source, {
    id: randomUUID(),
    sequence: String(sequence),
    type: 'user.registered.v1',
    key: userId,
    time: at,
    data: JSON.stringify({ user_id: userId, version: 1, cart: [], created_at: at, updated_at: at }),
  });
};
const readUsers = async (): Promise<number> => {
  const answer = await fetch(`${url}/api/v1/analytics/summary?window=all`);
  return ((await answer.json()) as { users: number }).users;
};
const readGeneration = async (): Promise<string> => {
  const [row] = await sql<[{ generation: string }]>`select generation::text from projection_generation`;
  return row.generation;
};

test('says that a service has not run yet, before anything else', async () => {
  expect(await rebuild('analytics')).toMatchObject({
    code: 1,
    errors: expect.stringContaining('analytics has made no tables there yet'),
  });
});

test('makes the tables again, and says when they are level', async () => {
  await startAnalytics();
  await sender.send(
    userUpdates.name,
    Array.from({ length: users }, (_, index) => register(index + 1)),
  );
  await vi.waitFor(async () => expect(await readUsers()).toBe(users), { timeout: deadlineMs, interval: 100 });
  const generation = Number(await readGeneration());

  const { code, output, errors } = await rebuild('analytics');

  expect({ code, output }, errors).toEqual({
    code: 0,
    output: expect.stringMatching(/^Rebuilt the tables of analytics: .* in \d+\.\d s\.\n$/),
  });
  expect(errors).toContain('read again: 100 %');
  expect(Number(await readGeneration())).toBe(generation + 1);
  await vi.waitFor(async () => expect(await readUsers()).toBe(users), { timeout: deadlineMs, interval: 100 });
});

test.each([
  ['a service that owns what it has', ['product'], 'Allowed choices are recommendation, analytics'],
  ['a service that is none', ['nothing'], 'Allowed choices are recommendation, analytics'],
  ['what is no address', ['analytics', '--database-url', 'nowhere'], 'must be like postgres://'],
])('refuses %s in one line', async (_, [name = '', ...args], message) => {
  const { code, errors } = await rebuild(name, ...args);
  expect(code).toBe(1);
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining(message)]);
});

test('never clears the tables of another service', async () => {
  for (const role of ['user_service', 'postgres'] as const)
    expect(await rebuild('analytics', '--database-url', databaseUrl(server.address, role))).toMatchObject({
      code: 1,
      errors: expect.stringContaining('not the database of analytics'),
    });
});

test('changes nothing when Kafka no longer has the first events, unless it is forced', async () => {
  const [topic, partition] = ['product-updates.analytics.retry', 3];
  for (let index = 0; index < overflow.messages; index += 1)
    await sender.send(topic, [{ key: null, value: randomBytes(overflow.bytes), partition }]);
  const generation = Number(await readGeneration());

  expect(await rebuild('analytics')).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/analytics\.retry, partition 3 begins at offset \d+\n.*--force/s),
  });
  expect(Number(await readGeneration())).toBe(generation);

  expect(await rebuild('analytics', '--force')).toMatchObject({ code: 0 });
  expect(Number(await readGeneration())).toBe(generation + 1);
  await vi.waitFor(async () => expect(await readUsers()).toBe(users), { timeout: deadlineMs, interval: 100 });
});

test('changes nothing when the broker lost its log and got only the newest events back, unless it is forced', async () => {
  await sender.close();
  await broker.stop();
  broker = await startEmptyBroker();
  sender = await openSender(broker.brokers);
  await sender.send(userUpdates.name, [register(users + 1)]);
  await vi.waitFor(async () => expect(await readUsers()).toBe(users + 1), {
    timeout: deadlineMs,
    interval: 100,
  });
  const generation = await readGeneration();

  const { code, errors } = await rebuild('analytics');

  expect(code).toBe(1);
  expect(errors).toMatch(/user-updates, partition \d begins with event 51, and did with \d+\n/);
  expect(errors.match(/user-updates, partition \d is empty\n/g)).toHaveLength(3);
  expect(errors).toMatch(/analytics\.retry, partition 3 ends at offset 0, and was read up to \d+\n/);
  expect(await readGeneration()).toBe(generation);

  expect(await rebuild('analytics', '--force')).toMatchObject({ code: 0 });
  await vi.waitFor(async () => expect(await readUsers()).toBe(1), { timeout: deadlineMs, interval: 100 });
  expect(await rebuild('analytics')).toMatchObject({ code: 0 });
});
