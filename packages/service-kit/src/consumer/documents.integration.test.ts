import { randomBytes } from 'node:crypto';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { type Order, orders } from '@souk/contracts/orders.ts';
import { retryTopic } from '@souk/contracts/topic.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf } from '@souk/testing/topic.ts';
import { test as base, describe, expect } from 'vitest';
import { messageBytesMax, type OutgoingMessage } from '../kafka/producer.ts';
import { documents } from '../projection/subscription.ts';
import { countingGroup, replayOf, testCounting } from '../testing/counting.ts';
import type { Outcome } from './outcome.ts';

const topic = orders.name;
const within = { timeoutMs: 120_000 };
const [example] = (orders.document as unknown as { examples: [Order] }).examples;

const message = (uid: string, change: object): OutgoingMessage => ({
  topic,
  key: uid,
  value: Buffer.from(JSON.stringify({ ...example, order_uid: uid, ...change })),
  headers: {},
});

/** A text that makes a message of other bytes as large as can be sent: what a dead letter adds is too much. */
const filling = (otherBytes: number): string => 'x'.repeat(messageBytesMax - otherBytes - 200);

const largeValue = (): OutgoingMessage => ({ ...message('order-1', {}), value: Buffer.from(filling(0)) });

const largeHeader = (): OutgoingMessage => {
  const refused = message('order-1', { sm_id: 777 });
  return { ...refused, headers: { note: filling(refused.value?.length ?? 0) } };
};

/** Keeps each document's number (sm_id) in the order of arrival; Postgres refuses 666, the code 777. */
const numbering = documents(orders, async (tx, received) => {
  const taken = received.filter(({ document }) => document.sm_id !== 777).map(({ document }) => document);
  const stored = await tx<{ uid: string; number: number }[]>`
    insert into numbers (uid, number)
    select uid, number from unnest(
      ${taken.map(({ order_uid }) => order_uid)}::text[], ${taken.map(({ sm_id }) => sm_id)}::int[])
      with ordinality as given (uid, number, place) order by place
    on conflict (uid, number) do nothing returning uid, number`;
  const fresh = new Set(stored.map(({ uid, number }) => `${uid} ${number}`));
  return received.map(({ document: { order_uid, sm_id } }): Outcome => {
    if (sm_id === 777) return { errorClass: 'Unlucky', message: 'not 777' };
    return fresh.delete(`${order_uid} ${sm_id}`) ? 'applied' : 'repeated';
  });
});

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that nothing is needed
  .extend('counting', async ({}, { onCleanup }) => {
    const counting = await testCounting(topic);
    onCleanup(() => counting.close());
    await counting.db.sql`
      create table numbers (place serial, uid text, number int check (number <> 666), unique (uid, number))`;
    return counting;
  })
  .extend(
    'consumed',
    ({ counting }) =>
      (status: 'applied' | 'repeated' | 'dead_lettered', from: string = topic) =>
        counting.counter('kafka_messages_consumed_total', { topic: from, status }),
  )
  .extend('numbersByUid', ({ counting }) => async () => {
    const rows = await counting.db.sql<{ uid: string; numbers: number[] }[]>`
      select uid, array_agg(number order by place) as numbers from numbers group by uid`;
    return new Map(rows.map(({ uid, numbers }) => [uid, numbers]));
  });

describe.concurrent('consuming documents', () => {
  test('one bad document of each kind in 4,000 costs itself alone, and each key stays in order', async ({
    counting,
    consumed,
    numbersByUid,
  }) => {
    const uids = Array.from({ length: 400 }, (_, index) => `order-${index}`);
    const sent = Array.from({ length: 10 }, (_, number) =>
      uids.map((uid) => message(uid, { sm_id: number })),
    ).flat();
    const bad = [
      { ...message('order-1', {}), value: Buffer.from('{"order_uid": "order-1"') },
      message('order-2', { sm_id: 666 }),
      message('order-3', { sm_id: 777 }),
    ];
    for (const [index, one] of bad.entries()) sent.splice(1_000 * (index + 1), 0, one);
    counting.start([numbering]);
    for (let from = 0; from < sent.length; from += 1_000)
      await counting.publish(sent.slice(from, from + 1_000));

    await eventually(async () => expect(await consumed('applied')).toBe(4_000), within);
    await eventually(async () => expect(await consumed('dead_lettered')).toBe(3), within);
    const inOrder = Array.from({ length: 10 }, (_, number) => number);
    expect(await numbersByUid()).toEqual(new Map(uids.map((uid) => [uid, inOrder])));
    const deadLetters = await counting.deadLetters(topic);
    expect(
      new Set(deadLetters.map((deadLetter) => headerOf(deadLetter, deadLetterHeader.errorClass))),
    ).toEqual(new Set(['DecodeError.not_json', 'PostgresError.23514', 'Unlucky']));
    expect(new Set(deadLetters.map(({ value }) => String(value)))).toEqual(
      new Set(bad.map(({ value }) => String(value))),
    );
    expect(await counting.counter('kafka_dlq_messages_sent_total')).toBe(3);
    const retries = await counting.counter('kafka_retry_attempts_total');
    expect((await counting.counter('kafka_processing_errors_total')) - retries).toBe(3);
    expect(await counting.counter('event_freshness_seconds', { le: '+Inf' as never })).toBe(4_000);
  });

  test('a serialization failure is tried again, counted once for each time, and dead-letters nothing', async ({
    counting,
    consumed,
  }) => {
    let failures = 3;
    const failing = documents(orders, async (tx, received) => {
      if (failures-- > 0) await tx`do $$ begin raise exception using errcode = '40001'; end $$`;
      return received.map(() => 'applied');
    });
    counting.start([failing]);

    await counting.publish([message('order-1', {}), message('order-1', { sm_id: 2 })]);

    await eventually(async () => expect(await consumed('applied')).toBe(2), within);
    expect(await counting.counter('kafka_retry_attempts_total')).toBe(3);
    expect(await counting.counter('kafka_processing_errors_total')).toBe(3);
    expect(await counting.deadLetters(topic)).toEqual([]);
  });

  test('a document of 10 MB is refused and comes whole into the dead-letter topic', async ({
    counting,
    consumed,
  }) => {
    // Compressed it must stay under the 5 MiB that the in-memory broker keeps of a partition.
    const note = randomBytes(3_000_000).toString('base64').padEnd(10_000_000, 'x');
    const large = message('order-1', { note });
    counting.start([numbering]);

    await counting.publish([message('order-1', { sm_id: 1 }), large, message('order-1', { sm_id: 2 })]);

    await eventually(async () => expect(await consumed('applied')).toBe(2), within);
    await eventually(async () => expect(await consumed('dead_lettered')).toBe(1), within);
    const [deadLetter] = await counting.deadLetters(topic);
    expect(headerOf(deadLetter as never, deadLetterHeader.errorClass)).toBe('DecodeError.too_large');
    expect(large.value?.equals(deadLetter?.value as Buffer)).toBe(true);
  });

  test.for([
    ['value', largeValue],
    ['header', largeHeader],
  ] as const)(
    'a message whose %s is too large for a dead letter leaves one that says where it is',
    async ([, make], { counting, consumed }) => {
      const large = make();
      counting.start([numbering]);

      await counting.publish([message('order-1', { sm_id: 777 }), large]);
      await eventually(async () => expect(await consumed('dead_lettered')).toBe(2), within);
      await counting.publish([message('order-1', { sm_id: 2 })]);

      await eventually(async () => expect(await consumed('applied')).toBe(1), within);
      const deadLetter = (await counting.deadLetters(topic)).find(({ value }) => value === null);
      expect(headerOf(deadLetter as never, deadLetterHeader.valueOmitted)).toBe(String(large.value?.length));
      expect(headerOf(deadLetter as never, deadLetterHeader.topic)).toBe(topic);
      expect(headerOf(deadLetter as never, deadLetterHeader.offset)).toBe('1');
    },
  );

  test('a dead letter that was corrected is taken from the retry topic, where a repeat is one too', async ({
    counting,
    consumed,
  }) => {
    counting.start([numbering]);
    await counting.publish([message('order-1', { sm_id: 666 })]);
    await eventually(async () => expect(await consumed('dead_lettered')).toBe(1), within);
    const [deadLetter] = await counting.deadLetters(topic);
    if (!deadLetter) throw new Error('no dead letter');

    const corrected = replayOf(deadLetter, topic, Buffer.from(String(deadLetter.value).replace('666', '6')));
    await counting.publish([corrected, corrected, replayOf(deadLetter, topic)]);

    const retries = retryTopic(topic, countingGroup);
    await eventually(async () => expect(await consumed('applied', retries)).toBe(1), within);
    await eventually(async () => expect(await consumed('repeated', retries)).toBe(1), within);
    await eventually(async () => expect(await consumed('dead_lettered', retries)).toBe(1), within);
    const replays = (await counting.deadLetters(topic)).map((one) => [
      headerOf(one, deadLetterHeader.id),
      headerOf(one, deadLetterHeader.replays),
    ]);
    const id = headerOf(deadLetter, deadLetterHeader.id);
    expect(new Set(replays.map((replay) => replay.join()))).toEqual(new Set([`${id},0`, `${id},1`]));
  });
});
