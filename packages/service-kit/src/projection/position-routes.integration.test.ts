import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Http } from '../http/http.ts';
import { buildHttp } from '../http/server.ts';
import { createMetrics } from '../metrics.ts';
import { outboxMigrations } from '../outbox/migrations.ts';
import { outboxRoute } from '../outbox/outbox-route.ts';
import { migrate } from '../postgres/migrate.ts';
import { createHealth } from '../service/health.ts';
import { type Ledger, silent, testLedger } from '../testing/ledger.ts';
import { projectionMigrations } from './migrations.ts';
import { positionRoutes } from './position-routes.ts';

let ledger: Ledger;
let http: Http;

beforeAll(async () => {
  ledger = await testLedger();
  await migrate(ledger.db, [outboxMigrations, projectionMigrations], silent, ledger.metrics);
  const health = createHealth('ledger', '0.0.0');
  health.started();
  http = await buildHttp({
    ...{ name: 'ledger', version: '0.0.0', description: '', log: silent, bodyLimitBytes: 10_000 },
    ...{ metrics: createMetrics('ledger'), health, validateResponses: true },
    settings: [{ name: 'KAFKA_SASL_PASSWORD', value: null }],
  });
  outboxRoute(http, ledger.db);
  positionRoutes(http, ledger.db);
});
afterAll(async () => {
  await http?.close();
  await ledger?.close();
});

const get = async (url: string) => {
  const answer = await http.inject(url);
  return { status: answer.statusCode, body: answer.json() };
};

test('an outbox event is found by its number, and says whether Kafka has it', async () => {
  const id = await ledger.add();
  const [{ sequence }] = await ledger.db.sql<[{ sequence: string }]>`
    select max(id)::text as sequence from outbox`;
  const found = { sequence, type: 'user.updated.v1', key: id, data: { user_id: id, version: 1 } };
  expect(await get(`/api/v1/outbox/${sequence}`)).toMatchObject({
    status: 200,
    body: { ...found, published: false },
  });
  await ledger.db.sql`update outbox_cursor set last_id = ${sequence}::bigint`;
  expect(await get(`/api/v1/outbox/${sequence}`)).toMatchObject({ body: { ...found, published: true } });
});

test('a number that the outbox does not have is no event', async () => {
  expect(await get('/api/v1/outbox/999999999')).toMatchObject({
    status: 404,
    body: { code: 'outbox_event_not_found' },
  });
  expect(await get('/api/v1/outbox/0')).toMatchObject({ status: 400 });
});

test('a consumer that has read nothing has no positions, and its first generation', async () => {
  expect(await get('/api/v1/positions')).toEqual({ status: 200, body: { generation: 1, items: [] } });
});

test('positions and refused events are shown as the consumer keeps them', async () => {
  await ledger.db.sql`
    insert into consumer_positions (source, topic, partition, last_sequence, next_offset)
    values ('/souk/user', 'user-updates', 2, 42, 7)`;
  expect(await get('/api/v1/positions')).toMatchObject({
    status: 200,
    body: {
      items: [
        { topic: 'user-updates', partition: 2, last_sequence: '42', next_offset: 7, newest_time: null },
      ],
    },
  });
  await ledger.db.sql`
    insert into dead_letters (id, topic, partition, "offset", error_class)
    values ('some id/%', 'user-updates', 2, 5, 'DecodeError.not_json')`;
  expect(await get('/api/v1/dead-letters/some-id')).toMatchObject({ status: 404 });
  await ledger.db.sql`update dead_letters set id = 'some-id'`;
  expect(await get('/api/v1/dead-letters/some-id')).toMatchObject({
    status: 200,
    body: { error_class: 'DecodeError.not_json', resolved_at: null },
  });
});

test('operators see what the process was started with', async () => {
  expect(await get('/api/v1/configuration')).toEqual({
    status: 200,
    body: { items: [{ name: 'KAFKA_SASL_PASSWORD', value: null }] },
  });
});
