import { randomUUID } from 'node:crypto';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openProducer } from '../kafka/producer.ts';
import { createMetrics } from '../metrics.ts';
import { type Database, openPostgres } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';
import { type Ledger, silent, testLedger } from '../testing/ledger.ts';
import { outboxMigrations } from './migrations.ts';
import { advanceCursor, readCursor, resetCursor } from './outbox-store.ts';
import { type OutboxRelay, outboxRelay } from './relay.ts';

const topic = userUpdates.name;
const keys = Array.from({ length: 7 }, () => randomUUID());
/** More than the relay has under way at a time. */
const eventsCount = 8_000;

/** Every key has its share of the numbers. */
const writeEvents = (db: Database, count: number) => db.sql`
  insert into outbox (event_id, type, key, data)
  select gen_random_uuid(), 'user.updated.v1', (${keys}::text[])[1 + n % ${keys.length}], json_build_object('n', n)
  from generate_series(1, ${count}::int) as n`;

const openRelay = (databaseUrl: string, db: Database, { brokers }: TestBroker): OutboxRelay => {
  const options = { databaseUrl, db, brokers, topic: userUpdates, log: silent, metrics: createMetrics('x') };
  const relay = outboxRelay(options);
  relay.start();
  return relay;
};

/** The numbers in the log by partition, in the order of the log. */
const numbersInLog = async ({ brokers }: TestBroker): Promise<number[][]> => {
  const partitions = Array.from({ length: userUpdates.partitions }, (): number[] => []);
  for (const message of await readTopic(brokers, topic))
    partitions[message.partition]?.push(Number(headerOf(message, 'ce_sequence')));
  return partitions;
};

/** Fails unless a consumer that skips what is not above its position has applied every number once. */
const expectComplete = async (broker: TestBroker, count: number) => {
  const applied: number[] = [];
  for (const numbers of await numbersInLog(broker)) {
    let position = 0;
    for (const number of numbers)
      if (number > position) {
        position = number;
        applied.push(number);
      }
  }
  expect(applied.sort((one, other) => one - other)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
};

describe('batches under way at the same time', () => {
  let ledger: Ledger;
  let broker: TestBroker;
  let relay: OutboxRelay;

  beforeEach(async () => {
    [ledger, broker] = await Promise.all([testLedger(), testBroker([topic])]);
    await writeEvents(ledger.db, eventsCount);
  });
  afterEach(async () => {
    await relay.stop();
    await Promise.all([ledger.close(), broker.release()]);
  });

  const lastId = async () => (await readCursor(ledger.db.sql)).lastId;
  const expectAllPublished = () => eventually(async () => expect(await lastId()).toBe(eventsCount));

  test('keep the order of the numbers, and the cursor passes nothing that Kafka has not acknowledged', async () => {
    const session = await openProducer({ brokers: broker.brokers, clientId: 'looking' });
    const inLog = async () => {
      const ends = Array.from({ length: userUpdates.partitions }, (_, id) => session.logEnd(topic, id));
      return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0);
    };
    relay = openRelay(ledger.database.url, ledger.db, broker);
    for (let seen = 0; seen < eventsCount; ) {
      seen = await lastId();
      expect(await inLog()).toBeGreaterThanOrEqual(seen);
    }
    await session.close();
    const numbers = await numbersInLog(broker);
    for (const ofPartition of numbers) expect(ofPartition).toEqual(ofPartition.toSorted((a, b) => a - b));
    await expectComplete(broker, eventsCount);
  });

  test('all end with the first failure: after a broker that went away with its log nothing is missing', async () => {
    relay = openRelay(ledger.database.url, ledger.db, broker);
    await eventually(async () => expect(await lastId()).toBeGreaterThan(0), { intervalMs: 1 });
    await broker.restart();
    await expectAllPublished();
    await expectComplete(broker, eventsCount);
  });

  test('are published again from the cursor by the next leader, when their relay stops in the middle', async () => {
    for (let stops = 0; stops < 3; stops++) {
      relay = openRelay(ledger.database.url, ledger.db, broker);
      await eventually(() => expect(relay.role()).toBe('leader'), { intervalMs: 1 });
      await ledger.db.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'souk:relay:%'`;
      await relay.stop();
    }
    relay = openRelay(ledger.database.url, ledger.db, broker);
    await expectAllPublished();
    await expectComplete(broker, eventsCount);
  });
});

test('a Postgres that crashes brings back an earlier cursor at worst, and remembers that a log was lost', async () => {
  const [server, broker] = await Promise.all([testPostgres(), testBroker([topic])]);
  const url = server.url('user_service');
  const metrics = createMetrics('x');
  const db = openPostgres({ url, poolMax: 4, applicationName: 'crash', metrics, log: silent });
  await migrate(db, [outboxMigrations], silent, metrics);
  const crash = async () => {
    await server.stop('SIGKILL');
    await server.start();
    return eventually(() => readCursor(db.sql));
  };
  await writeEvents(db, eventsCount);
  const relay = openRelay(url, db, broker);
  const before = await eventually(async () => {
    const cursor = await readCursor(db.sql);
    expect(cursor.lastId).toBeGreaterThan(0);
    return cursor;
  });
  await crash();
  await eventually(async () => expect((await readCursor(db.sql)).lastId).toBe(eventsCount));
  await relay.stop();
  await expectComplete(broker, eventsCount);

  await advanceCursor(db.sql, before);
  await resetCursor(db.sql);
  expect(await crash()).toEqual({ lastId: 0, logEnds: {} });

  await db.end();
  await Promise.all([server.remove(), broker.release()]);
});
