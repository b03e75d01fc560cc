import { randomUUID } from 'node:crypto';
import kafka, { type Message, type TopicPartition } from '@confluentinc/kafka-javascript';
import { retryTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf } from '@souk/testing/topic.ts';
import { describe, expect } from 'vitest';
import { openConsumerClient } from '../kafka/consumer-client.ts';
import { headerPairs, receivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';
import { createMetrics } from '../metrics.ts';
import { countingGroup, countingProjection, countingTest as test } from '../testing/counting.ts';
import { silent } from '../testing/ledger.ts';
import { consumerMetrics } from './consumer-metrics.ts';
import { openConsumerSession } from './consumer-session.ts';

const topic = userUpdates.name;
const within = { timeoutMs: 120_000 };

describe.concurrent('consuming a topic', () => {
  test('counts an event once however often it is delivered', async ({ counting }) => {
    const ids = Array.from({ length: 20 }, () => randomUUID());
    const messages = ids.flatMap((id) => [1, 2, 3].map((version) => counting.event(id, version)));
    counting.start();
    for (let delivery = 0; delivery < 3; delivery++) await counting.publish(messages);
    await eventually(
      async () => expect(await counting.counter('kafka_messages_received_total')).toBe(180),
      within,
    );
    await eventually(
      async () => expect(await counting.counted()).toEqual(new Map(ids.map((id) => [id, 3]))),
      within,
    );
    await eventually(async () => {
      expect(await counting.counter('kafka_messages_consumed_total', { status: 'applied' })).toBe(60);
      expect(await counting.counter('kafka_messages_consumed_total', { status: 'repeated' })).toBe(120);
    }, within);
  });

  test('sends only the poison to the dead-letter topic, as it came and with the reason, and applies the rest', async ({
    counting,
  }) => {
    const id = randomUUID();
    const notJson = { ...counting.event(id, 1), value: Buffer.from('{"user_id": "secret') };
    const refused = counting.event(randomUUID(), 5_000);
    const messages = Array.from({ length: 500 }, () => counting.event(randomUUID(), 1));
    messages.splice(100, 0, notJson);
    messages.splice(300, 0, refused);
    // In the order of the log the numbers must rise.
    for (const [index, message] of messages.entries()) message.headers.ce_sequence = String(index + 1);
    await counting.publish(messages);
    counting.start();
    await eventually(async () => expect((await counting.counted()).size).toBe(500), within);
    const classOf = (deadLetter: Message) => headerOf(deadLetter, '__connect.errors.exception.class.name');
    await eventually(
      async () => expect(new Set((await counting.deadLetters()).map(classOf)).size).toBe(2),
      within,
    );
    const deadLetters = await counting.deadLetters();
    const [first, second] = ['DecodeError.not_json', 'PostgresError.23514'].map((name) =>
      deadLetters.find((deadLetter) => classOf(deadLetter) === name),
    );
    if (!first || !second) throw new Error('two dead letters');
    expect(first.value).toEqual(notJson.value);
    expect(String(first.key)).toBe(id);
    expect(headerOf(first, 'ce_sequence')).toBe(notJson.headers.ce_sequence);
    expect(headerOf(first, '__connect.errors.topic')).toBe(topic);
    expect(headerOf(second, '__connect.errors.exception.message')).toBe('refused by counts_version_check');
    await eventually(async () => {
      expect(await counting.counter('kafka_dlq_messages_sent_total')).toBe(2);
      expect(await counting.counter('kafka_messages_consumed_total', { status: 'dead_lettered' })).toBe(2);
      expect(await counting.counter('kafka_messages_consumed_total', { status: 'applied' })).toBe(500);
    }, within);
    // Looking for the message at fault counts nothing.
    const retries = await counting.counter('kafka_retry_attempts_total');
    expect((await counting.counter('kafka_processing_errors_total')) - retries).toBe(2);
    expect(Number(headerOf(second, '__souk.errors.attempts'))).toBeLessThanOrEqual(1 + retries);
  });

  test('retries a transient failure until it is over, and dead-letters nothing', async ({ counting }) => {
    await counting.db.sql`alter table counts rename to counts_elsewhere`;
    const consumption = counting.start();
    const ids = Array.from({ length: 10 }, () => randomUUID());
    await counting.publish(ids.map((id) => counting.event(id, 1)));
    await eventually(
      async () => expect(await counting.counter('kafka_retry_attempts_total')).toBeGreaterThan(2),
      within,
    );
    await eventually(() => expect(consumption.status().retrying).toContain('counts'), within);
    await counting.db.sql`alter table counts_elsewhere rename to counts`;
    await eventually(async () => expect((await counting.counted()).size).toBe(10), within);
    expect(await counting.deadLetters()).toEqual([]);
    await eventually(() => expect(consumption.status().retrying).toBeUndefined(), within);
  });

  test('loses and repeats nothing while members join and leave the group', async ({ counting }) => {
    const ids = Array.from({ length: 40 }, () => randomUUID());
    const first = counting.start();
    await eventually(() => expect(first.joined()).toBe(true), within);
    const second = counting.start();
    for (let version = 1; version <= 20; version++) {
      await counting.publish(ids.map((id) => counting.event(id, version)));
      if (version === 10) await first.stop();
    }
    await eventually(
      async () => expect(await counting.counted()).toEqual(new Map(ids.map((id) => [id, 20]))),
      within,
    );
    await second.stop();
  });

  test('has stored where it stopped when it has left the group', async ({ counting }) => {
    const ids = Array.from({ length: 10 }, () => randomUUID());
    const consumption = counting.start();
    await counting.publish(ids.map((id) => counting.event(id, 1)));
    await eventually(async () => expect((await counting.counted()).size).toBe(10), within);
    await consumption.stop();
    const partitions = Array.from({ length: userUpdates.partitions }, (_, partition) => ({
      topic,
      partition,
    }));
    const client = await openConsumerClient(
      {
        ...{ brokers: counting.broker.brokers, group: countingGroup, topics: [topic] },
        ...{ fetchWaitMaxMs: 10, sessionTimeoutMs: 6_000 },
      },
      async () => [],
    );
    const committed = await client.committed(partitions);
    await client.close();
    expect(committed.reduce((sum, { offset = 0 }) => sum + offset, 0)).toBe(10);
  });

  test('stores no offset for a transaction that outlived its share of the partitions', async ({
    counting,
  }) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const holding = counting.db.sql.begin(async (tx) => {
      await tx`lock table counts in share mode`;
      await held;
    });
    await counting.publish(Array.from({ length: 40 }, () => counting.event(randomUUID(), 1)));
    counting.start();
    await eventually(async () => {
      const [waiting] = await counting.db
        .sql`select 1 from pg_locks where not granted and relation = 'counts'::regclass`;
      expect(waiting).toBeDefined();
    }, within);

    let share: TopicPartition[] = [];
    const other = await openConsumerClient(
      {
        ...{ brokers: counting.broker.brokers, group: countingGroup, topics: [topic] },
        ...{ fetchWaitMaxMs: 10, sessionTimeoutMs: 4_000 },
      },
      async (partitions) => {
        share = partitions;
        return partitions;
      },
    );
    await eventually(async () => {
      await other.followRebalances();
      await other.read(1);
      expect(share).toHaveLength(userUpdates.partitions / 2);
    }, within);
    release();
    await holding;

    await eventually(async () => expect((await counting.counted()).size).toBe(40), within);
    await eventually(
      async () =>
        expect(
          await counting.counter('kafka_messages_consumed_total', { status: 'repeated' }),
        ).toBeGreaterThan(0),
      within,
    );
    const committed = await other.committed(share);
    await other.close();
    expect(committed.flatMap(({ offset }) => offset ?? [])).toEqual([]);
  });

  test('goes on when the broker comes back, without being restarted', async ({ counting }) => {
    counting.start();
    await counting.publish([counting.event(randomUUID(), 1)]);
    await eventually(async () => expect((await counting.counted()).size).toBe(1), within);
    await counting.broker.restart();
    await counting.publish([counting.event(randomUUID(), 1)]);
    await eventually(async () => expect((await counting.counted()).size).toBe(2), within);
  });

  test('shows the lag of the partitions it has, and none that it has left', async ({ counting }) => {
    await counting.db.sql`alter table counts rename to counts_elsewhere`;
    const consumption = counting.start();
    await counting.publish(Array.from({ length: 10 }, () => counting.event(randomUUID(), 1)));
    await eventually(async () => expect(await counting.counter('kafka_consumer_lag')).toBe(10), within);
    await consumption.stop();
    expect(await counting.counter('kafka_consumer_lag')).toBe(0);
    await counting.db.sql`alter table counts_elsewhere rename to counts`;
  });

  test('is caught up with a log that ends in what is no message: the mark of a transaction', async ({
    counting,
  }) => {
    const consumption = counting.start();
    const transaction = await openTransaction(counting.broker.brokers);
    transaction.send(counting.event(randomUUID(), 1));
    transaction.send(counting.event(randomUUID(), 1));
    await transaction.commit();
    await eventually(async () => expect((await counting.counted()).size).toBe(2), within);
    await eventually(async () => {
      expect(consumption.status()).toEqual({ lag: 0 });
      expect(await counting.counter('kafka_consumer_lag')).toBe(0);
    }, within);
  });

  test('gets messages that come after it had caught up and stopped fetching', async ({ counting }) => {
    const metrics = createMetrics(countingGroup);
    const topics = [topic, retryTopic(topic, countingGroup)];
    const session = await openConsumerSession(
      {
        ...{ group: countingGroup, brokers: counting.broker.brokers, db: counting.db, metrics, log: silent },
        ...{ fetchWaitMaxMs: 30, sessionTimeoutMs: 4_000, subscriptions: [countingProjection] },
      },
      consumerMetrics(metrics, countingGroup, topics),
      async () => undefined,
    );
    const id = randomUUID();
    const look = async () => {
      await session.client.followRebalances();
      const messages = await session.client.read(100);
      session.push(messages.map((message) => receivedMessage(message, Date.now())));
      return session.observeLag().size > 0;
    };
    await counting.publish([counting.event(id, 1)]);
    await eventually(async () => {
      await look();
      expect(await counting.counted()).toEqual(new Map([[id, 1]]));
      expect([await look(), session.status()]).toEqual([false, { lag: 0 }]);
    }, within);

    const partitions = Array.from({ length: userUpdates.partitions }, (_, partition) => ({
      topic,
      partition,
    }));
    session.client.pause(partitions);
    await counting.publish([counting.event(id, 2)]);

    await eventually(
      async () => expect([await look(), session.status()]).toEqual([true, { lag: 1 }]),
      within,
    );
    await session.close();
  });

  test('tells what comes after an outage of the brokers from the log that it was reading', async ({
    counting,
  }) => {
    const metrics = createMetrics(countingGroup);
    const session = await openConsumerSession(
      {
        ...{ group: countingGroup, brokers: counting.broker.brokers, db: counting.db, metrics, log: silent },
        ...{ fetchWaitMaxMs: 30, sessionTimeoutMs: 4_000, subscriptions: [countingProjection] },
      },
      consumerMetrics(metrics, countingGroup, [topic, retryTopic(topic, countingGroup)]),
      async () => undefined,
    );
    const { client } = session;
    const read = async (count: number) => {
      for (let left = count; left > 0; ) {
        await client.followRebalances();
        left -= (await client.read(left)).length;
      }
    };
    const events = Array.from({ length: 10 }, (_, index) => counting.event(randomUUID(), index + 1));
    await counting.publish(events);
    await read(events.length);
    expect(client.wasCutOff()).toBe(false);
    await counting.broker.restart();
    await counting.publish([...events, ...events]);
    await read(1);
    expect(client.wasCutOff()).toBe(true);
    await session.close();
  });

  test('keeps order and bounded memory while it cannot keep up', async ({ counting }) => {
    await counting.db.sql`alter table counts rename to counts_elsewhere`;
    const id = randomUUID();
    counting.start();
    for (let part = 0; part < 10; part++)
      await counting.publish(
        Array.from({ length: 1_000 }, (_, index) => counting.event(id, ((part * 1_000 + index) % 900) + 1)),
      );
    await eventually(
      async () => expect(await counting.counter('kafka_retry_attempts_total')).toBeGreaterThan(1),
      within,
    );
    await eventually(
      async () => expect(await counting.counter('kafka_messages_received_total')).toBeGreaterThan(2_000),
      within,
    );
    await counting.db.sql`alter table counts_elsewhere rename to counts`;
    await eventually(async () => expect(await counting.counted()).toEqual(new Map([[id, 10_000]])), within);
  });
});

/** A transaction of some producer outside. */
const openTransaction = async (brokers: string) => {
  const producer = new kafka.Producer({ 'bootstrap.servers': brokers, 'transactional.id': randomUUID() });
  const done = (act: (callback: (error?: unknown) => void) => unknown) =>
    new Promise<void>((resolve, reject) => {
      act((error) => (error ? reject(error) : resolve()));
    });
  await done((callback) => producer.connect({}, callback));
  await done((callback) => producer.initTransactions(callback));
  await done((callback) => producer.beginTransaction(callback));
  return {
    send: ({ topic, key, value, headers }: OutgoingMessage) =>
      producer.produce(
        topic,
        null,
        value,
        key,
        null,
        null,
        headerPairs(headers).map(([name, header]) => ({ [name]: header })),
      ),
    commit: async () => {
      await done((callback) => producer.commitTransaction(callback));
      await done((callback) => producer.disconnect(callback));
    },
  };
};
