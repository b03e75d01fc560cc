import type { Message } from '@confluentinc/kafka-javascript';
import { deadLetterTopic, retryTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { testBroker } from '@souk/testing/broker.ts';
import type { TestDatabase } from '@souk/testing/database.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { test } from 'vitest';
import { type Consumption, consume } from '../consumer/consume.ts';
import { receivedMessage } from '../kafka/message.ts';
import { type OutgoingMessage, openProducer } from '../kafka/producer.ts';
import type { Logger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { type Database, openPostgres } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';
import { projectionMigrations } from '../projection/migrations.ts';
import { projection, type Subscription } from '../projection/subscription.ts';
import { silent } from './ledger.ts';
import { migratedDatabase } from './migrated-database.ts';
import { outgoingEvent } from './received.ts';

/** The smallest consumer there can be: how many events each user had, in a Postgres and a Kafka of its own. */
export interface Counting {
  db: Database;
  broker: TestBroker;
  /** Starts one more member of the group. */
  start(subscriptions?: readonly Subscription[], prepare?: () => Promise<void>, log?: Logger): Consumption;
  /** The next event of the source. Postgres refuses versions from 1,000 on. */
  event(userId: string, version: number): OutgoingMessage;
  publish(messages: readonly OutgoingMessage[]): Promise<unknown>;
  /** Events counted, by user. */
  counted(): Promise<Map<string, number>>;
  /** The sum of a metric over all members, of the given labels. */
  counter(name: string, labels?: Record<string, string>): Promise<number>;
  metrics: Metrics;
  deadLetters(topic?: string): Promise<Message[]>;
  close(): Promise<void>;
}

export const countingGroup = 'counting';

export const countingProjection: Subscription = projection(userUpdates, async (tx, events) => {
  for (const event of events) {
    if (event.type === 'user.updated.v1')
      await tx`
        insert into counts (id, version, events) values (${event.key}, ${event.data.version}, 1)
        on conflict (id) do update set version = excluded.version, events = counts.events + 1`;
  }
});

export const testCounting = async (...moreTopics: string[]): Promise<Counting> =>
  testCountingOn(await migratedDatabase('analytics', [projectionMigrations]), ...moreTopics);

/** As `testCounting`, on a given database. */
export const testCountingOn = async (
  database: Pick<TestDatabase, 'url' | 'drop'>,
  ...moreTopics: string[]
): Promise<Counting> => {
  const metrics = createMetrics(countingGroup);
  const names = [userUpdates.name, ...moreTopics];
  const topics = [...names, ...names.map((name) => retryTopic(name, countingGroup))];
  const broker = await testBroker(topics);
  const { brokers } = broker;
  const db = openPostgres({
    url: database.url,
    poolMax: 6,
    applicationName: countingGroup,
    metrics,
    log: silent,
  });
  await migrate(db, [projectionMigrations], silent, metrics);
  await db.sql`
    create table counts (id uuid primary key, version bigint check (version < 1000), events int not null)`;
  await db.sql`insert into projection_tables (name) values ('counts')`;
  let producer = openProducer({ brokers, clientId: 'test' });
  const consumptions: Consumption[] = [];
  let sequence = 0;

  return {
    db,
    broker: {
      ...broker,
      restart: async () => {
        await broker.restart();
        await (await producer).close();
        producer = openProducer({ brokers, clientId: 'test' });
      },
    },
    start: (subscriptions = [countingProjection], prepare = async () => undefined, log = silent) => {
      const consumption = consume({
        group: countingGroup,
        brokers,
        fetchWaitMaxMs: 30,
        sessionTimeoutMs: 4_000,
        subscriptions,
        db,
        metrics,
        log,
        prepare,
      });
      consumptions.push(consumption);
      consumption.start();
      return consumption;
    },
    event: (userId, version) => {
      sequence += 1;
      return userUpdated(userId, version, sequence);
    },
    publish: async (messages) => (await producer).publish(messages),
    counted: async () => {
      const rows = await db.sql<{ id: string; events: number }[]>`select id, events from counts`;
      return new Map(rows.map(({ id, events }) => [id, events]));
    },
    counter: async (name, labels = {}) => {
      const metric = await metrics.registry.getSingleMetric(name)?.get();
      return (metric?.values ?? [])
        .filter((value) => Object.entries(labels).every(([label, is]) => value.labels[label as never] === is))
        .reduce((sum, { value }) => sum + value, 0);
    },
    metrics,
    deadLetters: (topic = userUpdates.name) => readTopic(brokers, deadLetterTopic(topic, countingGroup)),
    close: async () => {
      await Promise.all(consumptions.map((consumption) => consumption.stop()));
      await (await producer).close();
      await db.end();
      await Promise.all([database.drop(), broker.release()]);
    },
  };
};

/** A test with a consumer of its own: what waits for its group to form can wait beside others. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that nothing is needed
export const countingTest = test.extend('counting', async ({}, { onCleanup }) => {
  const counting = await testCounting();
  onCleanup(() => counting.close());
  return counting;
});

/** A dead letter as it is sent again. */
export const replayOf = (deadLetter: Message, topic: string, value = deadLetter.value): OutgoingMessage => ({
  topic: retryTopic(topic, countingGroup),
  key: Buffer.from(deadLetter.key ?? ''),
  value,
  headers: receivedMessage(deadLetter, 0).headers,
});

const userUpdated = (userId: string, version: number, sequence: number): OutgoingMessage => {
  const at = '2026-01-01T00:00:00.000Z';
  const state = { user_id: userId, version, cart: [], created_at: at, updated_at: at };
  return outgoingEvent(userUpdates, 'user.updated.v1', state, { sequence });
};
