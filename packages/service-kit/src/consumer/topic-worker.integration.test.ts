import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { describe, expect } from 'vitest';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';
import type { Subscription } from '../projection/subscription.ts';
import { type Counting, countingGroup, countingProjection, countingTest } from '../testing/counting.ts';
import { silent } from '../testing/ledger.ts';
import { consumerMetrics } from './consumer-metrics.ts';
import { openTopicWorker } from './topic-worker.ts';

const partitions = [0, 1, 2, 3];

/** Of what a transaction applied, in milliseconds. */
interface Time {
  begun: number;
  ended: number;
}

/** The worker of a topic whose four partitions are assigned, and what every transaction began with. */
const openWorking = (counting: Counting, restMs?: number) => {
  const batches: (readonly ReceivedMessage[])[] = [];
  const sent: OutgoingMessage[] = [];
  const faulty = new Set<number>();
  const times: Time[] = [];
  const subscription: Subscription = {
    ...countingProjection,
    apply: async (tx, batch) => {
      const begun = performance.now();
      batches.push(batch.messages);
      if (batch.messages.some(({ partition }) => faulty.has(partition))) throw new Error('not now');
      const applied = await countingProjection.apply(tx, batch);
      times.push({ begun, ended: performance.now() });
      return applied;
    },
  };
  const worker = openTopicWorker({
    restMs,
    db: counting.db,
    group: countingGroup,
    subscription,
    sendDeadLetters: async (messages) => void sent.push(...messages),
    metrics: consumerMetrics(counting.metrics, countingGroup, [userUpdates.name]),
    log: silent,
    onCommitted: () => undefined,
  });
  return { batches, times, sent, faulty, opened: partitions.map(() => worker.open()), close: worker.close };
};

const test = countingTest.extend('working', async ({ counting }, { onCleanup }) => {
  const working = openWorking(counting);
  onCleanup(working.close);
  return working;
});

const received = (counting: Counting, user: string, version: number, partition: number): ReceivedMessage => {
  const event = counting.event(user, version);
  const key = Buffer.from(event.key ?? '');
  return { ...event, key, partition, offset: version - 1, bytes: 0, receivedAtMs: Date.now() };
};

describe.concurrent('the worker of a topic', () => {
  test('applies what was read of all partitions in one transaction', async ({ counting, working }) => {
    const users = partitions.map(() => randomUUID());
    for (const partition of partitions)
      working.opened[partition]?.push([received(counting, users[partition] as string, 1, partition)]);

    await eventually(async () => expect((await counting.counted()).size).toBe(4));
    expect(working.batches.map((batch) => batch.map(({ partition }) => partition))).toEqual([partitions]);
    const positions = await counting.db.sql`
      select partition, last_sequence as last, next_offset as next from consumer_positions order by partition`;
    expect(positions.map((row) => ({ ...row }))).toEqual(
      partitions.map((partition) => ({ partition, last: partition + 1, next: 1 })),
    );
  });

  test('rests after a transaction as long as it took, and takes what gathers meanwhile together', async ({
    counting,
    working,
  }) => {
    const user = randomUUID();
    const [first, ...others] = [1, 2, 3, 4].map((version) => received(counting, user, version, 0));
    const push = (message: ReceivedMessage | undefined) => message && working.opened[0]?.push([message]);
    await counting.db.sql.begin(async (tx) => {
      await tx`lock table consumer_positions in share mode`;
      push(first);
      await eventually(() => expect(working.batches).toHaveLength(1));
    });
    others.forEach(push);

    await eventually(async () => expect((await counting.counted()).get(user)).toBe(4));
    expect(working.batches.map(({ length }) => length)).toEqual([1, 3]);
    const [one, next] = working.times as [Time, Time];
    const restMs = Math.min(one.ended - one.begun, 25);
    // A timer may be a millisecond early.
    expect(next.begun - one.ended).toBeGreaterThan(restMs - 2);
  });

  test('rests as long as it is told, after each transaction', async ({ counting, onTestFinished }) => {
    const { opened, times, close } = openWorking(counting, 200);
    onTestFinished(close);
    const user = randomUUID();
    for (const version of [1, 2]) {
      opened[0]?.push([received(counting, user, version, 0)]);
      await eventually(async () => expect((await counting.counted()).get(user)).toBe(version));
    }
    const [one, next] = times as [Time, Time];
    expect(next.begun - one.ended).toBeGreaterThan(200 - 2);
  });

  test('begins a second transaction for messages that fill a batch by their bytes', async ({
    counting,
    working,
  }) => {
    const push = (partition: number) =>
      working.opened[partition]?.push([
        { ...received(counting, randomUUID(), 1, partition), bytes: 4 * 1024 * 1024 },
      ]);
    await counting.db.sql.begin(async (tx) => {
      await tx`lock table consumer_positions in share mode`;
      push(0);
      await eventually(() => expect(working.batches).toHaveLength(1));
      push(1);
      await eventually(() => expect(working.batches).toHaveLength(2));
    });
    await eventually(async () => expect((await counting.counted()).size).toBe(2));
  });

  test('lets a partition that cannot be applied hold up no other', async ({ counting, working }) => {
    const users = partitions.map(() => randomUUID());
    const push = (version: number) => {
      for (const partition of partitions)
        working.opened[partition]?.push([received(counting, users[partition] as string, version, partition)]);
    };
    const countsOf = async () => {
      const counted = await counting.counted();
      return users.map((user) => counted.get(user) ?? 0);
    };
    working.faulty.add(2);
    push(1);
    await eventually(async () => expect(await countsOf()).toEqual([1, 1, 0, 1]));
    push(2);
    await eventually(async () => expect(await countsOf()).toEqual([2, 2, 0, 2]));
    expect(working.opened.map((one) => one.retryingError())).toEqual([
      undefined,
      undefined,
      'not now',
      undefined,
    ]);

    working.faulty.clear();
    await eventually(async () => expect(await countsOf()).toEqual([2, 2, 2, 2]));
    expect(working.opened[2]?.retryingError()).toBeUndefined();
  });

  test('finds the one message of all partitions that Postgres refuses, and applies every other once', async ({
    counting,
    working,
  }) => {
    const users = partitions.map(() => randomUUID());
    for (const partition of partitions)
      working.opened[partition]?.push(
        [1, 2, 3, 4, 5].map((version) => {
          const isRefused = partition === 1 && version === 3;
          const message = received(counting, users[partition] as string, version, partition);
          const value = String(message.value).replace('"version":3', '"version":5000');
          return isRefused ? { ...message, value: Buffer.from(value) } : message;
        }),
      );

    await eventually(() => expect(working.opened.map((one) => one.waiting().messages)).toEqual([0, 0, 0, 0]));
    const counted = await counting.counted();
    expect(users.map((user) => counted.get(user))).toEqual([5, 4, 5, 5]);
    expect(working.sent.map(({ headers }) => headers['__connect.errors.offset'])).toEqual(['2']);
  });
});
