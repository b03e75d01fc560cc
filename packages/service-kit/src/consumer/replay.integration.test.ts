import { randomUUID } from 'node:crypto';
import type { Message } from '@confluentinc/kafka-javascript';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { retryTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf } from '@souk/testing/topic.ts';
import { describe, expect } from 'vitest';
import { headerPairs, receivedMessage } from '../kafka/message.ts';
import { countingGroup, countingTest, replayOf } from '../testing/counting.ts';

const topic = userUpdates.name;
const retries = retryTopic(topic, countingGroup);
const within = { timeoutMs: 120_000 };

const test = countingTest
  /** Waits until so many messages of a topic have come to that end. */
  .extend(
    'consumed',
    ({ counting }) =>
      (from: string, status: 'applied' | 'repeated' | 'dead_lettered', count: number) =>
        eventually(
          async () =>
            expect(await counting.counter('kafka_messages_consumed_total', { topic: from, status })).toBe(
              count,
            ),
          within,
        ),
  )
  .extend('onlyDeadLetter', ({ counting }) => async (): Promise<Message> => {
    const deadLetters = await counting.deadLetters();
    // The same dead letter may have been sent twice.
    expect(new Set(deadLetters.map((deadLetter) => headerOf(deadLetter, deadLetterHeader.id))).size).toBe(1);
    return deadLetters[0] as Message;
  })
  .extend('refuse', ({ counting, consumed, onlyDeadLetter }) => async (user: string) => {
    await counting.publish([counting.event(user, 5_000)]);
    await consumed(topic, 'dead_lettered', 1);
    return onlyDeadLetter();
  });

const corrected = (deadLetter: Message) =>
  replayOf(deadLetter, topic, Buffer.from(String(deadLetter.value).replace('"version":5000', '"version":5')));

describe.concurrent('a dead letter sent again', () => {
  test('is applied once, however often it is sent', async ({ counting, consumed, refuse }) => {
    const user = randomUUID();
    counting.start();
    const deadLetter = await refuse(user);

    await counting.publish([corrected(deadLetter), corrected(deadLetter)]);
    await consumed(retries, 'applied', 1);
    await consumed(retries, 'repeated', 1);
    await counting.publish([corrected(deadLetter)]);
    await consumed(retries, 'repeated', 2);

    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
  });

  test('is refused again with its past: same id and first time, one replay and one try more', async ({
    counting,
    consumed,
    refuse,
  }) => {
    counting.start();
    const deadLetter = await refuse(randomUUID());

    await counting.publish([replayOf(deadLetter, topic)]);
    await consumed(retries, 'dead_lettered', 1);

    const again = (await counting.deadLetters()).find(
      (one) => headerOf(one, deadLetterHeader.replays) === '1',
    );
    const past = (one: Message | undefined) =>
      Object.fromEntries(
        (one?.headers ?? []).flatMap((header) => Object.entries(header)).map(([k, v]) => [k, `${v}`]),
      );
    const {
      [deadLetterHeader.lastSeen]: firstSeen,
      [deadLetterHeader.attempts]: tries,
      ...first
    } = past(deadLetter);
    const {
      [deadLetterHeader.lastSeen]: lastSeen,
      [deadLetterHeader.attempts]: allTries,
      ...second
    } = past(again);
    expect(first).toMatchObject({
      [deadLetterHeader.replays]: '0',
      ce_type: 'user.updated.v1',
    });
    expect(first[deadLetterHeader.id]).toBe(first.ce_id);
    expect(second).toEqual({ ...first, [deadLetterHeader.replays]: '1' });
    expect(Number(tries)).toBeGreaterThan(0);
    expect(Number(allTries)).toBeGreaterThan(Number(tries));
    expect(Date.parse(lastSeen ?? '')).toBeGreaterThan(Date.parse(firstSeen ?? ''));
    expect(again?.value).toEqual(deadLetter.value);
  });

  test('has no right to be applied when it never was one', async ({ counting, consumed }) => {
    const user = randomUUID();
    const event = counting.event(user, 1);
    counting.start();
    await counting.publish([event]);
    await consumed(topic, 'applied', 1);

    await counting.publish([{ ...event, topic: retries }]);

    await consumed(retries, 'repeated', 1);
    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
    expect(await counting.deadLetters()).toEqual([]);
  });

  test('that comes before its event takes nothing from it: the event is applied once', async ({
    counting,
    consumed,
  }) => {
    const user = randomUUID();
    const event = counting.event(user, 1);
    counting.start();
    await counting.publish([{ ...event, topic: retries }]);
    await consumed(retries, 'repeated', 1);

    await counting.publish([event]);
    await consumed(topic, 'applied', 1);

    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
    expect(await counting.deadLetters()).toEqual([]);
  });

  test('without an envelope can be corrected: it keeps the id made from its bytes and place', async ({
    counting,
    consumed,
    onlyDeadLetter,
  }) => {
    const user = randomUUID();
    const event = counting.event(user, 1);
    counting.start();
    await counting.publish([{ ...event, headers: { stray: 'kept' } }]);
    await consumed(topic, 'dead_lettered', 1);
    const deadLetter = await onlyDeadLetter();
    expect(headerOf(deadLetter, deadLetterHeader.id)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(headerOf(deadLetter, 'stray')).toBe('kept');

    const replay = replayOf(deadLetter, topic);
    replay.headers = { ...event.headers, ...replay.headers };
    await counting.publish([replay, replay]);

    await consumed(retries, 'applied', 1);
    await consumed(retries, 'repeated', 1);
    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
  });

  test.for<[string, (value: Buffer) => Buffer, string]>([
    [
      'framed for a schema registry',
      (value) => Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), value]),
      'not_json',
    ],
    ['encoded twice', (value) => Buffer.from(JSON.stringify(String(value))), 'schema_violation'],
  ])(
    'whose data were %s is kept as it came, odd headers too, and is applied once it is corrected',
    async ([, spoil, reason], { counting, consumed, onlyDeadLetter }) => {
      const user = randomUUID();
      const event = counting.event(user, 1);
      const spoilt = spoil(event.value as Buffer);
      const odd = Object.fromEntries([
        ['__proto__', 'kept'],
        ['constructor', ''],
        ['not-ascii', 'é'],
        ['nul', Buffer.from('a\u0000b')],
        ['twice', ['one', 'two']],
      ]);
      counting.start();
      await counting.publish([{ ...event, value: spoilt, headers: { ...event.headers, ...odd } }]);
      await consumed(topic, 'dead_lettered', 1);

      const deadLetter = await onlyDeadLetter();
      expect(deadLetter.value).toEqual(spoilt);
      expect(headerOf(deadLetter, deadLetterHeader.errorClass)).toBe(`DecodeError.${reason}`);
      const pairs = headerPairs(receivedMessage(deadLetter, 0).headers).map(
        ([name, text]) => `${name}=${text}`,
      );
      expect(pairs).toEqual(
        expect.arrayContaining([
          ...['__proto__=kept', 'constructor=', 'not-ascii=é', 'nul=a\u0000b', 'twice=one', 'twice=two'],
        ]),
      );

      await counting.publish([replayOf(deadLetter, topic, event.value)]);
      await consumed(retries, 'applied', 1);
      expect(await counting.counted()).toEqual(new Map([[user, 1]]));
    },
  );

  test.for([
    ['of any length', 'x'.repeat(20_000)],
    ['that Postgres cannot keep', 'a\u0000b'],
  ] as const)('names and sources %s hold no partition up', async ([, text], { counting, consumed }) => {
    const user = randomUUID();
    const event = counting.event(user, 1);
    const foreign = { ...event, headers: { ...event.headers, ce_id: text, ce_source: text } };
    counting.start();
    await counting.publish([foreign, { ...foreign, topic: retries }, event]);

    await consumed(topic, 'applied', 1);
    await consumed(topic, 'dead_lettered', 1);
    await eventually(
      async () => expect(await counting.counter('kafka_messages_consumed_total', { topic: retries })).toBe(1),
      within,
    );
    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
  });
});
