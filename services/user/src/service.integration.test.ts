import { decodeEvent } from '@souk/contracts/cloud-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { type RunningService, spawnService } from '@souk/testing/service.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe('the user service as a process', () => {
  let database: TestDatabase;
  let broker: TestBroker;
  let service: RunningService;
  beforeAll(async () => {
    [database, broker] = await Promise.all([
      testDatabase('user'),
      testBroker([userUpdates.name, sessionUpdates.name, productUpdates.name]),
    ]);
    service = await spawnService('user', { DATABASE_URL: database.url, KAFKA_BROKERS: broker.brokers });
    await service.ready();
  });
  afterAll(async () => {
    await service?.stop();
    await broker?.stop();
    await database?.drop();
  });

  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    return response.json() as Promise<{ id: string }>;
  };
  const publishedOf = async (userId: string) =>
    (await readTopic(broker.brokers, userUpdates.name))
      .filter(({ key }) => String(key) === userId)
      .map(
        ({ key, value, headers }) =>
          decodeEvent(userUpdates, {
            key: key as Buffer,
            value,
            headers: Object.assign({}, ...(headers ?? [])),
          })?.type,
      );
  const health = async () => (await fetch(`${service.url}/health`)).json();

  test('publishes what was written, in its order', async () => {
    const { id } = await post('/users/register', { email: 'ada@example.org', name: 'Ada Lovelace' });
    await post('/api/v1/events', { user_id: id, type: 'view' });
    await post('/api/v1/events', { user_id: id, type: 'like' });
    await eventually(async () =>
      expect(await publishedOf(id)).toEqual([
        'user.registered.v1',
        'user.activity_recorded.v1',
        'user.activity_recorded.v1',
      ]),
    );
    expect(await health()).toMatchObject({
      status: 'ok',
      dependencies: {
        postgres: { status: 'ok' },
        outbox: { status: 'ok', relay: 'leader' },
        kafka: { status: 'ok' },
      },
    });
  });

  test('takes writes without Kafka, says so, and publishes them when it is back', async () => {
    await broker.stop();
    const { id } = await post('/users', { email: 'grace@example.org', name: 'Grace Hopper' });
    await eventually(async () =>
      expect(await health()).toMatchObject({ status: 'down', dependencies: { kafka: { status: 'down' } } }),
    );
    expect((await fetch(`${service.url}/ready`)).status).toBe(200);
    await broker.start();
    await eventually(async () => expect(await publishedOf(id)).toEqual(['user.registered.v1']));
  });

  test('ends cleanly on SIGTERM', async () => {
    expect(await service.stop()).toMatchObject({ code: 0 });
  });
});

test('a bad configuration ends it with a line for every fault', async () => {
  const service = await spawnService('user', { DATABASE_URL: 'mysql://x', PORT: '8080' });
  expect(await service.exited).toMatchObject({ code: 1 });
  expect(service.logs).toEqual([
    expect.stringContaining('DATABASE_URL'),
    expect.stringContaining('KAFKA_BROKERS'),
  ]);
});
