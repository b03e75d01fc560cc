import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testBroker } from './broker.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { testPostgres } from './postgres.ts';
import type { TestBroker, TestPostgres } from './servers.ts';

describe('a test database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase('product');
  });
  afterAll(() => database.drop());

  const as = async <T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const sql = postgres(url, { max: 1, onnotice: () => undefined });
    return work(sql).finally(() => sql.end());
  };

  test('gives each service its own schema by default, and refuses it every other', async () => {
    await as(database.urls.user_service, (sql) => sql`create table secret as select 42 as answer`);

    const refused = as(database.url, (sql) => sql`select answer from user_service.secret`);

    await expect(refused).rejects.toMatchObject({ code: '42501' });
  });

  test('lets no service create anything outside its schema', async () => {
    for (const statement of ['create table public.stray (id int)', 'create schema stray']) {
      const refused = as(database.url, (sql) => sql.unsafe(statement));
      await expect(refused, statement).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('bounds the transactions of a service', async () => {
    const [row] = await as(database.url, (sql) => sql`show transaction_timeout`);
    expect(row).toEqual({ transaction_timeout: '30s' });
  });
});

describe('a PostgreSQL of its own', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await testPostgres();
  });
  afterAll(() => server.remove());

  test('comes back after a crash with its committed data, at the same address', async () => {
    const sql = postgres(server.url('user_service'), { max: 1 });
    await sql`create table kept as select 7 as number`;

    await server.stop('SIGKILL');
    await server.start();

    expect([...(await sql`select number from kept`)]).toEqual([{ number: 7 }]);
    await sql.end();
  });
});

describe('a broker of its own', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await testBroker(['greetings']);
  });
  afterAll(() => broker.stop());

  test('comes back empty at the same address, and its clients find it again', async () => {
    const { default: kafka } = await import('@confluentinc/kafka-javascript');
    const producer = new kafka.KafkaJS.Kafka().producer({
      'bootstrap.servers': broker.brokers,
      log_level: 0,
    });
    await producer.connect();
    const send = () => producer.send({ topic: 'greetings', messages: [{ value: 'hello', partition: 0 }] });
    const first = await send();

    await broker.restart();
    const second = await send();

    expect([first, second]).toMatchObject([[{ baseOffset: '0' }], [{ baseOffset: '0' }]]);
    await producer.disconnect();
  });
});
