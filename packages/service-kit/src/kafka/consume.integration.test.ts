import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { type TestBroker, testBroker } from '@souk/testing/broker.ts';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../metrics/registry.ts';
import { type Database, openPostgres } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';
import { projectionMigrations } from '../projection/migrations.ts';
import { silent } from '../testing/ledger.ts';
import { projection } from './apply-batch.ts';
import { type Consumption, consume } from './consume.ts';
import { type OutgoingMessage, openProducer, type ProducerSession } from './producer.ts';

const topic = userUpdates.name;
const group = 'counting';

describe('consuming a topic', () => {
  let database: TestDatabase;
  let db: Database;
  let broker: TestBroker;
  let producer: ProducerSession;
  let metrics: Metrics;
  let sequence = 0;
  const consumptions: Consumption[] = [];

  beforeEach(async () => {
    sequence = 0;
    metrics = createMetrics('counting');
    [database, broker] = await Promise.all([testDatabase('analytics'), testBroker([topic])]);
    db = openPostgres({ url: database.url, poolMax: 6, applicationName: 'counting', metrics, log: silent });
    await migrate(db, [projectionMigrations], silent, metrics);
    await db.sql`
      create table counts (id uuid primary key, version bigint check (version < 1000), events int not null)`;
    producer = await openProducer({ brokers: broker.brokers, clientId: 'test' });
  });
  afterEach(async () => {
    await Promise.all(consumptions.splice(0).map((consumption) => consumption.stop()));
    await producer.close();
    await db.end();
    await Promise.all([database.drop(), broker.stop()]);
  });

  const start = (): Consumption => {
    const consumption = consume({
      group,
      brokers: broker.brokers,
      fetchWaitMaxMs: 10,
      sessionTimeoutMs: 4_000,
      db,
      metrics,
      log: silent,
      projections: [
        projection(userUpdates, async (tx, events) => {
          for (const event of events) {
            if (event.type === 'user.updated.v1')
              await tx`
                insert into counts (id, version, events) values (${event.key}, ${event.data.version}, 1)
                on conflict (id) do update
                set version = excluded.version, events = counts.events + 1`;
          }
        }),
      ],
    });
    consumptions.push(consumption);
    consumption.start();
    return consumption;
  };

  const updated = (id: string, version: number): OutgoingMessage => {
    const at = '2026-01-01T00:00:00.000Z';
    const data = JSON.stringify({ user_id: id, version, cart: [], created_at: at, updated_at: at });
    sequence += 1;
    const event = {
      id: randomUUID(),
      sequence: String(sequence),
      type: 'user.updated.v1',
      key: id,
      time: new Date().toISOString(),
      data,
    };
    return { topic, ...encodeEvent(userUpdates.source, event) };
  };

  const counted = async () =>
    new Map(
      (await db.sql<{ id: string; events: number }[]>`select id, events from counts`).map((row) => [
        row.id,
        row.events,
      ]),
    );
  const counter = async (name: string, labels: Record<string, string> = {}) => {
    const metric = await metrics.registry.getSingleMetric(name)?.get();
    return (metric?.values ?? [])
      .filter((value) =>
        Object.entries(labels).every(([label, wanted]) => value.labels[label as never] === wanted),
      )
      .reduce((sum, value) => sum + value.value, 0);
  };
  const letters = () => readTopic(broker.brokers, deadLetterTopic(topic, group));

  it('counts an event once however often it is delivered', async () => {
    const ids = Array.from({ length: 20 }, () => randomUUID());
    const messages = ids.flatMap((id) => [1, 2, 3].map((version) => updated(id, version)));
    start();
    for (let delivery = 0; delivery < 3; delivery++) await producer.publish(messages);
    await eventually(async () => expect(await counter('kafka_messages_received_total')).toBe(180), {
      timeoutMs: 20_000,
    });
    await eventually(async () => expect(await counted()).toEqual(new Map(ids.map((id) => [id, 3]))));
    await eventually(async () => {
      expect(await counter('kafka_messages_consumed_total', { status: 'applied' })).toBe(60);
      expect(await counter('kafka_messages_consumed_total', { status: 'repeated' })).toBe(120);
    });
  });

  it('sends only the poison to the dead-letter topic, as it came and with the reason, and applies the rest', async () => {
    const id = randomUUID();
    const notJson = { ...updated(id, 1), value: Buffer.from('{"user_id": "secret') };
    const refused = updated(randomUUID(), 5_000);
    const messages = Array.from({ length: 500 }, () => updated(randomUUID(), 1));
    messages.splice(100, 0, notJson);
    messages.splice(300, 0, refused);
    // In the order of the log the numbers must rise.
    for (const [index, message] of messages.entries()) message.headers.ce_sequence = String(index + 1);
    await producer.publish(messages);
    start();
    await eventually(async () => expect((await counted()).size).toBe(500), { timeoutMs: 20_000 });
    await eventually(async () => expect(await letters()).toHaveLength(2));
    const [first, second] = (await letters()).sort((a, b) =>
      String(headerOf(a, '__connect.errors.exception.class.name')).localeCompare(
        String(headerOf(b, '__connect.errors.exception.class.name')),
      ),
    );
    if (!first || !second) throw new Error('two letters');
    expect(headerOf(first, '__connect.errors.exception.class.name')).toBe('DecodeError.not_json');
    expect(first.value).toEqual(notJson.value);
    expect(String(first.key)).toBe(id);
    expect(headerOf(first, 'ce_sequence')).toBe(notJson.headers.ce_sequence);
    expect(headerOf(first, '__connect.errors.topic')).toBe(topic);
    expect(Number(headerOf(first, '__souk.errors.attempts'))).toBeGreaterThan(0);
    expect(headerOf(second, '__connect.errors.exception.class.name')).toBe('PostgresError.23514');
    expect(headerOf(second, '__connect.errors.exception.message')).toBe('refused by counts_version_check');
    await eventually(async () => expect(await counter('kafka_dlq_messages_sent_total')).toBe(2));
    expect(await counter('kafka_messages_consumed_total', { status: 'applied' })).toBe(500);
  });

  it('retries a passing failure until it is over, and dead-letters nothing', async () => {
    await db.sql`alter table counts rename to counts_elsewhere`;
    const consumption = start();
    const ids = Array.from({ length: 10 }, () => randomUUID());
    await producer.publish(ids.map((id) => updated(id, 1)));
    await eventually(async () => expect(await counter('kafka_retry_attempts_total')).toBeGreaterThan(2), {
      timeoutMs: 20_000,
    });
    expect(consumption.status().retrying).toContain('counts');
    await db.sql`alter table counts_elsewhere rename to counts`;
    await eventually(async () => expect((await counted()).size).toBe(10), { timeoutMs: 20_000 });
    expect(await letters()).toEqual([]);
    await eventually(() => expect(consumption.status().retrying).toBeUndefined());
  });

  it('loses and repeats nothing while members join and leave the group', async () => {
    const ids = Array.from({ length: 40 }, () => randomUUID());
    const first = start();
    await eventually(() => expect(first.joined()).toBe(true), { timeoutMs: 20_000 });
    const second = start();
    for (let version = 1; version <= 20; version++) {
      await producer.publish(ids.map((id) => updated(id, version)));
      if (version === 10) await first.stop();
    }
    await eventually(async () => expect(await counted()).toEqual(new Map(ids.map((id) => [id, 20]))), {
      timeoutMs: 40_000,
    });
    await second.stop();
  });

  it('goes on when the broker comes back, without being restarted', async () => {
    start();
    await producer.publish([updated(randomUUID(), 1)]);
    await eventually(async () => expect((await counted()).size).toBe(1), { timeoutMs: 20_000 });
    await broker.restart();
    producer = await openProducer({ brokers: broker.brokers, clientId: 'test' });
    await producer.publish([updated(randomUUID(), 1)]);
    await eventually(async () => expect((await counted()).size).toBe(2), { timeoutMs: 30_000 });
  });

  it('keeps order and bounded memory while it cannot keep up', async () => {
    await db.sql`alter table counts rename to counts_elsewhere`;
    const id = randomUUID();
    start();
    for (let part = 0; part < 10; part++)
      await producer.publish(
        Array.from({ length: 1_000 }, (_, index) => updated(id, ((part * 1_000 + index) % 900) + 1)),
      );
    await eventually(async () => expect(await counter('kafka_retry_attempts_total')).toBeGreaterThan(1), {
      timeoutMs: 20_000,
    });
    await eventually(async () =>
      expect(await counter('kafka_messages_received_total')).toBeGreaterThan(2_000),
    );
    await db.sql`alter table counts_elsewhere rename to counts`;
    await eventually(async () => expect(await counted()).toEqual(new Map([[id, 10_000]])), {
      timeoutMs: 40_000,
    });
  });
});
