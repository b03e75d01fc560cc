import { decodeEvent } from '@souk/contracts/cloud-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { type RunningService, spawnService } from '@souk/testing/service.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { versionOf } from './testing/test-catalogue.ts';

let database: TestDatabase;
let broker: TestBroker;
let service: RunningService;
beforeAll(async () => {
  [database, broker] = await Promise.all([
    testDatabase('product'),
    testBroker(kafkaTopics.map(({ name }) => name)),
  ]);
  service = await spawnService('product', {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: broker.brokers,
    KAFKA_FETCH_WAIT_MAX_MS: '30',
    KAFKA_SESSION_TIMEOUT_MS: '4000',
  });
  await service.ready();
});
afterAll(async () => {
  await service.stop();
  await Promise.all([broker.stop(), database.drop()]);
});

const request = (method: string, path: string, body?: unknown) =>
  fetch(`${service.url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

/** The events in the topic in the order of their numbers, each once. */
const published = async () => {
  const messages = await readTopic(broker.brokers, productUpdates.name);
  const events = messages.map(({ key, value, headers = [] }) =>
    decodeEvent(productUpdates, { key: key ?? null, value, headers: Object.assign({}, ...headers) }),
  );
  const bySequence = new Map(events.map((event) => [event?.sequence, event]));
  return [...bySequence.values()].toSorted((a, b) => Number((a?.sequence ?? 0n) - (b?.sequence ?? 0n)));
};

test('what is committed is published, in order', async () => {
  const created = await request('POST', '/products', { sku: 'a', name: 'Lantern', price: 3.39 });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { id: string };
  await request('PUT', `/products/${id}`, { price: 4 });
  await request('POST', '/api/v1/products/batch', { products: [{ sku: 'a', stock: 7 }] });
  await request('DELETE', `/products/${id}`);

  await eventually(async () => {
    expect(
      (await published()).map((event) => [event?.type, event?.key, event && versionOf(event.data)]),
    ).toEqual([
      ['product.created.v1', id, 1],
      ['product.updated.v1', id, 2],
      ['product.updated.v1', id, 3],
      ['product.deleted.v1', id, 4],
    ]);
  });
});

test('/health knows its dependencies, and the operational routes answer', async () => {
  await eventually(async () => {
    const report = await (await request('GET', '/health')).json();
    expect(report).toMatchObject({
      status: 'ok',
      service: 'product',
      dependencies: { postgres: { status: 'ok' }, kafka: { status: 'ok' } },
    });
  });
  for (const path of ['/live', '/ready', '/metrics', '/openapi.json', '/docs/'])
    expect((await request('GET', path)).status, path).toBe(200);
});

test('without Kafka it takes writes, says what is missing, and publishes them when it comes', async () => {
  await broker.stop();
  await eventually(async () => {
    const health = await request('GET', '/health');
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ dependencies: { kafka: { status: 'down' } } });
  });
  expect((await request('GET', '/ready')).status).toBe(200);
  const created = await request('POST', '/products', { sku: 'meanwhile', name: 'Lamp', price: 1 });
  expect(created.status).toBe(201);

  await broker.start();

  await eventually(async () => {
    const skus = (await published()).map((event) => event && 'sku' in event.data && event.data.sku);
    expect(skus).toContain('meanwhile');
  });
});

test('a bad configuration ends it with a line for each variable at fault', async () => {
  const broken = await spawnService('product', { DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud' });
  expect((await broken.exited).code).toBe(1);
  await eventually(() => {
    const output = broken.logs.join('\n');
    for (const name of ['DATABASE_URL', 'KAFKA_BROKERS', 'LOG_LEVEL']) expect(output).toContain(name);
  });
});
