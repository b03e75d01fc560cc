import { randomUUID } from 'node:crypto';
import type { Message } from '@confluentinc/kafka-javascript';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { retryTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf } from '@souk/testing/topic.ts';
import { describe, expect } from 'vitest';
import type { OutgoingMessage } from '../kafka/producer.ts';
import { countingGroup, countingTest, replayOf } from '../testing/counting.ts';

const topic = userUpdates.name;
const retries = retryTopic(topic, countingGroup);
const within = { timeoutMs: 120_000 };
const largest = '9223372036854775807';

const test = countingTest
  .extend(
    'consumed',
    ({ counting }) =>
      (status: 'applied' | 'repeated' | 'dead_lettered', count: number, from: string = topic) =>
        eventually(
          async () =>
            expect(await counting.counter('kafka_messages_consumed_total', { topic: from, status })).toBe(
              count,
            ),
          within,
        ),
  )
  .extend(
    'refused',
    ({ counting }) =>
      (reason: string) =>
        counting.counter('kafka_sequences_refused_total', { topic, reason }),
  );

const numbered = (message: OutgoingMessage, sequence: string): OutgoingMessage => ({
  ...message,
  headers: { ...message.headers, ce_sequence: sequence },
});

const classesOf = (deadLetters: readonly Message[]) =>
  deadLetters.map((one) => headerOf(one, deadLetterHeader.errorClass)).sort();

describe.concurrent('the numbers of events', () => {
  test.for<[string, Partial<OutgoingMessage>, Record<string, string>]>([
    ['data that are not JSON', { value: Buffer.from('{') }, {}],
    ['no data', { value: null }, {}],
    ['another source', {}, { ce_source: '/elsewhere' }],
    ['a type that this build does not know', {}, { ce_type: 'user.renamed.v9' }],
  ])(
    'are not moved by a message with %s, however high its number: what comes after it is applied',
    async ([, change, headers], { counting, consumed }) => {
      const user = randomUUID();
      counting.start();
      await counting.publish([counting.event(user, 1)]);
      await consumed('applied', 1);

      const poison = numbered({ ...counting.event(user, 2), ...change }, '4000000000');
      poison.headers = { ...poison.headers, ...headers };
      await counting.publish([
        poison,
        counting.event(user, 3),
        counting.event(user, 4),
        counting.event(user, 5),
      ]);

      await eventually(async () => expect(await counting.counted()).toEqual(new Map([[user, 4]])), within);
      expect(await counting.counter('kafka_messages_consumed_total', { status: 'repeated' })).toBe(0);
    },
  );

  test('are not moved by one higher than the owner can have reached: that event is refused, and taken when it is sent again', async ({
    counting,
    consumed,
    refused,
  }) => {
    const user = randomUUID();
    counting.start();
    await counting.publish([counting.event(user, 1)]);
    await consumed('applied', 1);

    const leap = String(2n ** 40n);
    await counting.publish([
      numbered({ ...counting.event(user, 2), value: Buffer.from('{') }, largest),
      numbered(counting.event(user, 3), largest),
      numbered(counting.event(user, 4), leap),
      counting.event(user, 5),
    ]);
    await consumed('applied', 2);
    await consumed('dead_lettered', 3);
    expect(classesOf(await counting.deadLetters())).toEqual([
      'DecodeError.not_json',
      'SequenceError.implausible',
      'SequenceError.implausible',
    ]);
    expect(await refused('implausible')).toBe(2);

    const owners = (await counting.deadLetters()).find((one) => headerOf(one, 'ce_sequence') === leap);
    await counting.publish([replayOf(owners as Message, topic)]);
    await consumed('applied', 1, retries);
    await counting.publish([numbered(counting.event(user, 6), String(2n ** 40n + 1n))]);
    await consumed('applied', 3);
    expect(await counting.counted()).toEqual(new Map([[user, 4]]));
  });

  test('that were taken before stand for no event that came about since: it is refused, and applied once when it is sent again', async ({
    counting,
    consumed,
    refused,
  }) => {
    const user = randomUUID();
    counting.start();
    // Decodes and is plausible: as if the owner had written it, or was restored from a backup afterwards.
    await counting.publish([counting.event(user, 1), numbered(counting.event(user, 2), '1000')]);
    await consumed('applied', 2);

    const later = { ce_time: new Date(Date.now() + 1_000).toISOString() };
    const lost = [3, 4, 5].map((version) => counting.event(user, version));
    for (const event of lost) event.headers = { ...event.headers, ...later };
    await counting.publish(lost);
    await consumed('dead_lettered', 3);
    expect(classesOf(await counting.deadLetters())).toEqual(Array(3).fill('SequenceError.taken'));
    expect(await refused('taken')).toBe(3);

    await counting.publish(lost);
    await consumed('repeated', 3);
    for (const deadLetter of await counting.deadLetters())
      await counting.publish([replayOf(deadLetter, topic)]);
    await consumed('applied', 3, retries);
    await counting.publish(lost);
    await consumed('repeated', 6);
    expect(await counting.counted()).toEqual(new Map([[user, 5]]));
    expect(await counting.deadLetters()).toHaveLength(3);
  });

  test.for([1, 48])(
    'are no fault when an event comes again whose owner has a clock %i h ahead: it was applied, and stays so',
    async (hours, { counting, consumed, refused }) => {
      const user = randomUUID();
      counting.start();
      const event = counting.event(user, 1);
      const ahead = new Date(Date.now() + hours * 3_600_000).toISOString();
      event.headers = { ...event.headers, ce_time: ahead };
      await counting.publish([event]);
      await consumed('applied', 1);

      await counting.publish([event]);
      await counting.publish([counting.event(user, 2)]);
      await consumed('applied', 2);
      await consumed('repeated', 1);
      expect(await refused('taken')).toBe(0);
      expect(await counting.counted()).toEqual(new Map([[user, 2]]));
    },
  );

  test('go on from where an operator sets the position back to; what was refused before is applied when it is sent again', async ({
    counting,
    consumed,
  }) => {
    const user = randomUUID();
    counting.start();
    const [forged, lost, next] = [2, 3, 4].map((version) => counting.event(user, version)) as [
      OutgoingMessage,
      OutgoingMessage,
      OutgoingMessage,
    ];
    await counting.publish([counting.event(user, 1), numbered(forged, '1000')]);
    await consumed('applied', 2);
    lost.headers = { ...lost.headers, ce_time: new Date(Date.now() + 1_000).toISOString() };
    await counting.publish([lost]);
    await consumed('dead_lettered', 1);

    const [{ partition, last }] = (await counting.db.sql`
      select partition, last_sequence as last from consumer_positions
      where topic = 'user-updates' and last_sequence > 0`) as unknown as [
      { partition: number; last: number },
    ];
    expect(last).toBe(1000);
    await counting.db.sql`
      update consumer_positions set last_sequence = ${String(lost.headers.ce_sequence)}
      where topic = 'user-updates' and partition = ${partition}`;
    await counting.publish([next, replayOf((await counting.deadLetters())[0] as Message, topic)]);

    await consumed('applied', 3);
    await consumed('applied', 1, retries);
    expect(await counting.counted()).toEqual(new Map([[user, 4]]));
  });

  test('a message that cannot be read is one dead letter, also when it is the last one and members come and go', async ({
    counting,
    consumed,
  }) => {
    const user = randomUUID();
    const first = counting.start();
    await counting.publish([{ ...counting.event(user, 1), value: Buffer.from('{') }]);
    await consumed('dead_lettered', 1);
    await first.stop();
    const second = counting.start();
    await eventually(() => expect(second.joined()).toBe(true), within);
    await counting.publish([counting.event(randomUUID(), 1), counting.event(user, 2)]);
    await consumed('applied', 2);
    expect(await counting.counter('kafka_messages_consumed_total', { status: 'dead_lettered' })).toBe(1);
    expect(await counting.deadLetters()).toHaveLength(1);
  });
});
