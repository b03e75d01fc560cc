import { randomUUID } from 'node:crypto';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { retryTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { describe, expect } from 'vitest';
import { applyBatch } from '../consumer/apply-batch.ts';
import { logRanges } from '../kafka/log-reader.ts';
import { receivedMessage } from '../kafka/message.ts';
import { countingGroup, countingProjection, countingTest, replayOf } from '../testing/counting.ts';
import { clearProjections, rebuildProjections } from './rebuild.ts';

const topic = userUpdates.name;
const retries = retryTopic(topic, countingGroup);
const crashing = {
  group: countingGroup,
  subscription: countingProjection,
  sendDeadLetters: async () => undefined,
};
const within = { timeoutMs: 120_000 };

const test = countingTest
  .extend(
    'consumed',
    ({ counting }) =>
      (status: 'applied' | 'repeated' | 'dead_lettered', from: string = topic) =>
        counting.counter('kafka_messages_consumed_total', { topic: from, status }),
  )
  /** Clears the tables and waits until all of the topic is read again. */
  .extend('rebuild', ({ counting: { db, broker } }) => async () => {
    const options = {
      readLogs: () => logRanges(broker.brokers, [topic, retries]),
      lost: new Set<string>(),
      signal: AbortSignal.timeout(within.timeoutMs),
      onProgress: () => undefined,
    };
    expect(await rebuildProjections(db.sql, options, () => undefined)).toBe(true);
  })
  /** Refused by Postgres first, then sent again in a form it takes. */
  .extend('refuseAndMend', ({ counting, consumed }) => async (user: string) => {
    await counting.publish([counting.event(user, 5_000)]);
    await eventually(async () => expect(await counting.deadLetters()).not.toEqual([]), within);
    const [deadLetter] = await counting.deadLetters();
    if (!deadLetter) throw new Error('no dead letter');
    const value = Buffer.from(String(deadLetter.value).replace('"version":5000', '"version":5'));
    await counting.publish([replayOf(deadLetter, topic, value)]);
    await eventually(async () => expect(await consumed('applied', retries)).toBe(1), within);
    return deadLetter;
  });

describe.concurrent('a rebuild', () => {
  test('makes the same tables again, replayed dead letters included, by consumers that were idle', async ({
    counting,
    consumed,
    rebuild,
    refuseAndMend,
  }) => {
    const users = Array.from({ length: 30 }, () => randomUUID());
    let prepared = 0;
    counting.start([countingProjection], async () => {
      prepared += 1;
    });
    await counting.publish(
      [1, 2, 3].flatMap((version) => users.map((user) => counting.event(user, version))),
    );
    await refuseAndMend(users[0] as string);
    await eventually(async () => expect(await consumed('applied')).toBe(90), within);
    const tables = await counting.counted();

    await rebuild();

    expect(await counting.counted()).toEqual(tables);
    expect(prepared).toBeGreaterThan(1);
    // What is refused once more is the same dead letter as before.
    const ids = new Set(
      (await counting.deadLetters()).map((deadLetter) => headerOf(deadLetter, deadLetterHeader.id)),
    );
    expect(ids.size).toBe(1);
  });

  test('by a build that takes what was refused counts it once: by its topic or by the retry topic', async ({
    counting,
    rebuild,
    refuseAndMend,
  }) => {
    const user = randomUUID();
    counting.start();
    await refuseAndMend(user);

    await counting.db.sql`alter table counts drop constraint counts_version_check`;
    await rebuild();

    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
  });

  test('reads again where nothing was ever applied: a newer build may read what this one refused', async ({
    counting,
    consumed,
    rebuild,
  }) => {
    counting.start();
    await counting.publish([{ ...counting.event(randomUUID(), 1), value: Buffer.from('{') }]);
    await eventually(async () => expect(await consumed('dead_lettered')).toBe(1), within);

    await rebuild();

    await eventually(async () => expect(await consumed('dead_lettered')).toBe(2), within);
  });

  test('knows again which event the tables begin with; where that was never noted, nothing is said', async ({
    counting,
    rebuild,
  }) => {
    const user = randomUUID();
    const began = async () =>
      (
        await counting.db.sql`
          select first_sequence as first, last_sequence as last from consumer_positions where topic = ${topic}`
      ).map((row) => ({ ...row }));
    counting.start();
    await counting.publish([1, 2].map((version) => counting.event(user, version)));
    await eventually(async () => expect(await began()).toEqual([{ first: 1, last: 2 }]), within);

    await counting.db.sql`update consumer_positions set first_sequence = null`;
    await counting.publish([counting.event(user, 3)]);
    await eventually(async () => expect(await began()).toEqual([{ first: null, last: 3 }]), within);

    await rebuild();
    expect(await began()).toEqual([{ first: 1, last: 3 }]);
  });

  test('ends also where a position had been moved by a number that no event can have', async ({
    counting,
    rebuild,
  }) => {
    const user = randomUUID();
    counting.start();
    await counting.publish([counting.event(user, 1)]);
    await eventually(async () => expect(await counting.counted()).toEqual(new Map([[user, 1]])), within);

    await counting.db.sql`
      update consumer_positions set last_sequence = 9223372036854775807 where topic = ${topic}`;
    await rebuild();
    await counting.publish([counting.event(user, 2)]);
    await eventually(async () => expect(await counting.counted()).toEqual(new Map([[user, 2]])), within);
  });

  test('is not done before all is read that is in the topic, however little had been read before', async ({
    counting,
    rebuild,
  }) => {
    const users = Array.from({ length: 30 }, () => randomUUID());
    await counting.publish(users.map((user) => counting.event(user, 1)));
    counting.start();

    await rebuild();

    expect((await counting.counted()).size).toBe(30);
  });

  test('is not done before all is read that came while it ran', async ({ counting }) => {
    const users = Array.from({ length: 30 }, () => randomUUID());
    await counting.publish([counting.event(users[0] as string, 1)]);
    counting.start();
    const later = users.slice(1).map((user) => counting.event(user, 1));
    const totals = new Set<number>();
    let asked = 0;
    await rebuildProjections(
      counting.db.sql,
      {
        readLogs: async () => {
          if (++asked === 2) await counting.publish(later);
          return logRanges(counting.broker.brokers, [topic, retries]);
        },
        lost: new Set(),
        signal: AbortSignal.timeout(within.timeoutMs),
        onProgress: ({ total }) => totals.add(total),
      },
      () => undefined,
    );
    expect((await counting.counted()).size).toBe(30);
    expect([...totals]).toEqual([1, 30]);
  });

  test('empties the tables of the projection and no other', async ({ counting, rebuild }) => {
    await counting.db.sql`create table notes (text text)`;
    await counting.db.sql`insert into notes values ('kept')`;
    counting.start();

    await rebuild();

    expect(await counting.db.sql`select from notes`).toHaveLength(1);
    await counting.db.sql`delete from projection_tables`;
    await expect(clearProjections(counting.db.sql)).rejects.toThrow('projection_tables is empty');
  });

  test('measures the freshness of what comes for the first time alone', async ({ counting, rebuild }) => {
    const user = randomUUID();
    const measured = () => counting.counter('event_freshness_seconds', { le: '+Inf' });
    counting.start();
    await counting.publish([1, 2, 3].map((version) => counting.event(user, version)));
    await eventually(async () => expect(await measured()).toBe(3), within);

    await rebuild();
    await rebuild();
    await counting.publish([counting.event(user, 4)]);
    await eventually(async () => expect(await counting.counted()).toEqual(new Map([[user, 4]])), within);

    await eventually(async () => expect(await measured()).toBe(4), within);
  });

  test('loses nothing to a crash between the first batch and its offset in Kafka', async ({
    counting,
    consumed,
  }) => {
    const users = Array.from({ length: 20 }, () => randomUUID());
    const consumption = counting.start();
    await counting.publish(
      [1, 2, 3].flatMap((version) => users.map((user) => counting.event(user, version))),
    );
    await eventually(async () => expect(await consumed('applied')).toBe(60), within);
    await consumption.stop();
    const tables = await counting.counted();

    await clearProjections(counting.db.sql);
    const log = (await readTopic(counting.broker.brokers, topic)).map((one) =>
      receivedMessage(one, Date.now()),
    );
    for (const messages of Map.groupBy(log, ({ partition }) => partition).values())
      await applyBatch({ ...crashing, db: counting.db }, messages.slice(0, 2), 1);
    counting.start();

    await eventually(async () => expect(await counting.counted()).toEqual(tables), within);
  });

  test('counts every event once while more arrive and members apply them', async ({
    counting,
    consumed,
    rebuild,
  }) => {
    const users = Array.from({ length: 20 }, () => randomUUID());
    counting.start();
    const second = counting.start();
    const publish = async (rounds: number) => {
      for (let round = 1; round <= rounds; round++)
        await counting.publish(users.map((user) => counting.event(user, round)));
    };
    await publish(20);
    await eventually(async () => expect((await counting.counted()).size).toBe(users.length), within);

    const publishing = publish(60);
    await eventually(async () => expect(await consumed('applied')).toBeGreaterThan(500), within);
    await Promise.all([rebuild(), publishing, second.stop()]);

    await eventually(
      async () => expect(await counting.counted()).toEqual(new Map(users.map((user) => [user, 80]))),
      within,
    );
  });
});
