import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { retryTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { describe, expect } from 'vitest';
import type { OutgoingMessage } from '../kafka/producer.ts';
import type { Subscription } from '../projection/subscription.ts';
import { type Counting, countingGroup, countingProjection, countingTest } from '../testing/counting.ts';
import { receivedFrom } from '../testing/received.ts';
import { type ApplyOptions, applyBatch } from './apply-batch.ts';

const test = countingTest;

const apply = (counting: Counting, message: OutgoingMessage, options: Partial<ApplyOptions> = {}) =>
  applyBatch(
    {
      ...{ db: counting.db, group: countingGroup, subscription: countingProjection },
      ...{ sendDeadLetters: async () => undefined, ...options },
    },
    [receivedFrom(message, 0)],
    1,
  );

/** Applies the first and, before it commits, the second, until that waits for a lock or is done; then both end. */
const applyAtOnce = async (
  counting: Counting,
  first: (subscription: Subscription) => Promise<unknown>,
  second: () => Promise<unknown>,
) => {
  let other: Promise<unknown> | undefined;
  await first({
    ...countingProjection,
    apply: async (tx, batch) => {
      const applied = await countingProjection.apply(tx, batch);
      let isDone = false;
      other = second().finally(() => {
        isDone = true;
      });
      await eventually(async () => {
        const [{ waiting }] = await counting.db.sql<[{ waiting: number }]>`
          select count(*)::int as waiting from pg_stat_activity
          where wait_event_type = 'Lock' and datname = current_database()`;
        expect(isDone || waiting > 0).toBe(true);
      });
      return applied;
    },
  });
  await other;
};

describe.concurrent('an event is counted once', () => {
  test('by two members that both believe they own its partition', async ({ counting }) => {
    const user = randomUUID();
    const event = counting.event(user, 1);
    await applyAtOnce(
      counting,
      (subscription) => apply(counting, event, { subscription }),
      () => apply(counting, event),
    );
    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
  });

  test('when it is sent again while a newer build reads its own topic', async ({ counting }) => {
    const user = randomUUID();
    const event = counting.event(user, 1);
    const sent: OutgoingMessage[] = [];
    const sendDeadLetters = async (deadLetters: OutgoingMessage[]) => void sent.push(...deadLetters);
    await apply(counting, { ...event, value: Buffer.from('{') }, { sendDeadLetters });
    const { headers } = sent[0] as OutgoingMessage;
    const replay = { ...event, headers, topic: retryTopic(userUpdates.name, countingGroup) };

    await applyAtOnce(
      counting,
      (subscription) => apply(counting, replay, { subscription, replayed: true }),
      () => apply(counting, event),
    );
    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
  });
});
