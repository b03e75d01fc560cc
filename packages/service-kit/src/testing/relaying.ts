import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { expect, test } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { readCursor } from '../outbox/outbox-store.ts';
import { type OutboxRelay, outboxRelay, type RelayOptions } from '../outbox/relay.ts';
import { silent, testLedger } from './ledger.ts';

const topic = userUpdates.name;

/** A ledger and a broker, and relays that publish the one to the other. */
const testRelaying = async () => {
  const [ledger, broker] = await Promise.all([testLedger(), testBroker([topic, sessionUpdates.name])]);
  const relays: OutboxRelay[] = [];
  const startRelay = (other: Partial<RelayOptions> = {}): OutboxRelay => {
    const relay = outboxRelay({
      databaseUrl: ledger.database.url,
      db: ledger.db,
      brokers: broker.brokers,
      topic: userUpdates,
      log: silent,
      metrics: createMetrics('ledger'),
      ...other,
    });
    relays.push(relay);
    relay.start();
    return relay;
  };

  /** What is in the log, by key: the versions in the order of the log. */
  const published = async () => {
    const messages = await readTopic(broker.brokers, topic);
    return messages.map((message) => ({
      key: String(message.key),
      version: JSON.parse(String(message.value)).version as number,
      sequence: Number(headerOf(message, 'ce_sequence')),
      partition: message.partition,
    }));
  };

  const days = async (): Promise<string[]> =>
    (
      await ledger.db.sql`
        select inhrelid::regclass::text as name from pg_inherits where inhparent = 'outbox'::regclass`
    ).map(({ name }) => name);

  const expectAllPublished = () =>
    eventually(async () => {
      const [{ last }] = await ledger.db.sql<
        [{ last: number }]
      >`select coalesce(max(id), 0) as last from outbox`;
      expect((await readCursor(ledger.db.sql)).lastId).toBe(last);
    });

  /** Removes repeats the way a consumer does: a number not above the last one of its partition. */
  const withoutRepeats = (events: Awaited<ReturnType<typeof published>>) => {
    const last = new Map<number, number>();
    return events.filter(({ partition, sequence }) => {
      if (sequence <= (last.get(partition) ?? 0)) return false;
      last.set(partition, sequence);
      return true;
    });
  };

  const expectComplete = async () => {
    const events = withoutRepeats(await published());
    for (const [id, version] of await ledger.versions())
      expect(events.filter(({ key }) => key === id).map((event) => event.version)).toEqual(
        Array.from({ length: version }, (_, index) => index + 1),
      );
  };
  const close = async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await Promise.all([ledger.close(), broker.release()]);
  };
  return {
    ledger,
    broker,
    startRelay,
    published,
    days,
    expectAllPublished,
    withoutRepeats,
    expectComplete,
    close,
  };
};

/** A test with a ledger, a broker and relays of its own. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that nothing is needed
export const relayingTest = test.extend('relaying', async ({}, { onCleanup }) => {
  const relaying = await testRelaying();
  onCleanup(() => relaying.close());
  return relaying;
});
