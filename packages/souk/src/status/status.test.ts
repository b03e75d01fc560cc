import { stripVTControlCharacters } from 'node:util';
import { serviceNames } from '@souk/contracts/services.ts';
import { standInMesh } from '@souk/importers/shop/testing/stand-in-mesh.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readStatus } from './read-status.ts';
import { statusTable } from './status-table.ts';

let mesh: Awaited<ReturnType<typeof standInMesh>>;
beforeEach(async () => {
  mesh = await standInMesh();
  mesh.health = {
    status: 200,
    body: {
      status: 'degraded',
      service: 'user',
      version: '0.1.0',
      uptime_seconds: 130,
      dependencies: {
        postgres: { status: 'ok', latency_ms: 1 },
        redis: { status: 'down', error: 'ECONNREFUSED' },
      },
    },
  };
  mesh.metrics = [
    'process_resident_memory_bytes 104857600',
    'outbox_pending 1234',
    'outbox_oldest_age_seconds 2.5',
    'outbox_relay_leader 1',
    'kafka_messages_consumed_total{topic="user-updates",group="user",status="applied"} 10',
    'kafka_messages_consumed_total{topic="user-updates",group="user",status="dead_lettered"} 3',
    'kafka_messages_consumed_total{topic="product-updates",group="user",status="dead_lettered"} 0',
    'kafka_consumer_lag{topic="user-updates",partition="0",group="user"} 4',
    'kafka_consumer_lag{topic="user-updates",partition="1",group="user"} 5',
  ].join('\n');
});
afterEach(() => mesh.close());

/** Once every service has answered: a busy machine may take longer than the command waits. */
const statusOfAll = () =>
  vi.waitFor(async () => {
    const found = await readStatus(mesh.urls);
    expect(found.services.filter(({ status }) => status === 'unreachable')).toEqual([]);
    return found;
  }, 60_000);

test('gathers health, backlog, lag per group and topic, and dead letters', async () => {
  const { status, services } = await statusOfAll();
  expect(status).toBe('degraded');
  expect(services.map(({ service }) => service)).toEqual(serviceNames);
  expect(services[0]).toMatchObject({
    status: 'degraded',
    uptime_seconds: 130,
    resident_memory_bytes: 104_857_600,
    dependencies: { redis: { status: 'down', error: 'ECONNREFUSED' } },
    outbox: { pending: 1_234, oldest_age_seconds: 2.5, relay_leader: true },
    consumer: [
      { group: 'user', topic: 'user-updates', lag: 9, dead_letters: 3 },
      { group: 'user', topic: 'product-updates', lag: null, dead_letters: 0 },
    ],
  });
});

test('tells of the services that answer, and says of the others that they do not', async () => {
  const urls = { ...mesh.urls, product: 'http://127.0.0.1:1', analytics: `${mesh.url}/nowhere` };
  const found = await readStatus(urls);
  expect(found.status).toBe('down');
  const silent = found.services.filter(({ status }) => status === 'unreachable');
  expect(silent.map(({ service }) => service)).toEqual(['product', 'analytics']);
  expect(found.services.filter(({ status }) => status === 'degraded')).toHaveLength(serviceNames.length - 2);
  expect(silent[1]?.problem).toContain('not as a service does');
  expect(statusTable(found, process.stdout)).toContain('http://127.0.0.1:1: ');
});

test('does not say that there are no dead letters when Kafka does not answer', async () => {
  const found = await readStatus(mesh.urls, '127.0.0.1:1');
  expect(found).not.toHaveProperty('pending_dead_letters');
  expect(statusTable(found, process.stdout)).toContain('Pending dead letters are not known');
});

test('shows a service that is down, and for what it waits', async () => {
  const dependencies = { postgres: { status: 'down', error: 'ECONNREFUSED' } };
  mesh.health = {
    status: 503,
    body: { status: 'down', uptime_seconds: 1, waiting_for: 'postgres at localhost:5432', dependencies },
  };
  const found = await statusOfAll();
  expect(found.status).toBe('down');
  expect(stripVTControlCharacters(statusTable(found, process.stdout))).toContain(
    'postgres down (ECONNREFUSED), waiting for postgres at localhost:5432',
  );
});

test('prints aligned tables', async () => {
  const { services } = await statusOfAll();
  const deadLetters = { topic: 'orders', group: 'product', waiting: 3, first_seen: '', last_seen: '' };
  const reasons = { 'DecodeError.not_json': 2, OrderConflict: 1 };
  const one = {
    status: 'ok' as const,
    services: services.slice(0, 1),
    pending_dead_letters: [{ ...deadLetters, reasons }],
  };
  expect(stripVTControlCharacters(statusTable(one, process.stdout))).toMatchInlineSnapshot(`
    "service  status    up for      memory   dependencies
    user     degraded  2 min 10 s  100 MiB  postgres ok, redis down (ECONNREFUSED)

    outbox  waiting  oldest  relay
    user    1,234    2.5 s   leader

    consumer  topic            lag            refused
    user      user-updates     9              3
    user      product-updates  no partitions  0

    dead letters of  topic   pending  reasons
    product          orders  3        DecodeError.not_json 2, OrderConflict 1"
  `);
});
