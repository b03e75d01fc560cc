import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { exampleOrder } from '@souk/contracts/orders.ts';
import { deadLetterTopic, retryTopic } from '@souk/contracts/topic.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { testBroker } from '@souk/testing/broker.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeadLetterWatch, type DeadLetterWatch } from '../dead-letters/dead-letter-watch.ts';
import { createResolving, type Resolving } from '../dead-letters/resolve.ts';
import { type SearchProgress, searchLogs } from '../events/search-logs.ts';
import { createTail } from '../events/tail.ts';
import { createLogSession, type LogSession } from './log-session.ts';

const log = createLogger('console', { LOG_LEVEL: 'silent' });
const deadLetters = deadLetterTopic('orders', 'product');

let broker: TestBroker;
let sender: Sender;
let logs: LogSession;
let watch: DeadLetterWatch;
let resolving: Resolving;
beforeAll(async () => {
  broker = await testBroker(kafkaTopics.map(({ name }) => name));
  sender = await openSender(broker.brokers);
  logs = createLogSession(broker.brokers);
  watch = createDeadLetterWatch(broker.brokers, log);
  resolving = createResolving(broker.brokers, watch, log);
});
afterAll(async () => {
  await sender?.close();
  await logs?.close();
  await watch?.stop();
  await broker?.stop();
});

const refuse = async (id: string, value: string): Promise<void> => {
  const headers = {
    [deadLetterHeader.id]: id,
    [deadLetterHeader.replays]: '0',
    [deadLetterHeader.errorClass]: 'DecodeError.schema_violation',
    [deadLetterHeader.firstSeen]: new Date().toISOString(),
  };
  await sender.send(deadLetters, [{ key: id, value, headers }]);
  await watch.until((all) => all.some((one) => one.id === id));
};
const stateOf = async (id: string) => (await watch.all()).find((one) => one.id === id)?.resolution;
const seen = (id: string) => ({ items: [{ topic: 'orders', group: 'product', id, replays: 0 }] });
const sentAgain = async (key: string) =>
  (await readTopic(broker.brokers, retryTopic('orders', 'product'))).filter((one) => String(one.key) === key);

test('of two operators who correct the same dead letter one sends it, and the other hears who did', async () => {
  await watch.all();
  await refuse('twice', '{}');
  const correct = (by: string) =>
    resolving.replay(by, seen('twice'), {
      document: JSON.stringify({ ...exampleOrder, order_uid: 'twice', entry: by }),
    });
  const outcomes = await Promise.allSettled([correct('ada'), correct('bob')]);

  expect(outcomes).toMatchObject([
    { status: 'fulfilled', value: { done: 1, left: [] } },
    { status: 'rejected', reason: { statusCode: 409, code: 'dead_letter_changed' } },
  ]);
  expect((outcomes[1] as PromiseRejectedResult).reason.message).toContain('ada');
  expect(await sentAgain('twice')).toHaveLength(1);
  expect(await stateOf('twice')).toMatchObject({ how: 'replayed', by: 'ada' });
});

test('a corrected document that the contract still refuses is not sent unless that is wanted', async () => {
  await refuse('wrong', '{}');
  expect(await resolving.replay('ada', seen('wrong'), { document: '{"order_uid":"wrong"}' })).toMatchObject({
    done: 0,
    left: [{ id: 'wrong', why: 'wrong' }],
  });
  expect(await stateOf('wrong')).toBeUndefined();
  expect(
    await resolving.replay('ada', seen('wrong'), { document: '{"order_uid":"wrong"}', unchecked: true }),
  ).toMatchObject({ done: 1 });
});

test('what is discarded can be made pending again, once', async () => {
  await refuse('discarded', '{}');
  expect(await resolving.discard('ada', seen('discarded'))).toMatchObject({ done: 1 });
  expect(await stateOf('discarded')).toMatchObject({ how: 'discarded', by: 'ada' });
  await expect(resolving.replay('bob', seen('discarded'))).rejects.toMatchObject({ statusCode: 409 });
  expect(await resolving.restore('bob', seen('discarded'))).toMatchObject({ done: 1 });
  expect(await stateOf('discarded')).toBeUndefined();
  await expect(resolving.restore('ada', seen('discarded'))).rejects.toMatchObject({ statusCode: 409 });
});

test('all of a reason are resolved together, and those that others resolved are left', async () => {
  for (const id of ['all-1', 'all-2', 'all-3']) await refuse(id, '{}');
  await resolving.discard('ada', seen('all-2'));
  const both = { items: [...seen('all-1').items, ...seen('all-2').items] };
  expect(await resolving.discard('bob', both)).toMatchObject({
    done: 1,
    left: [{ id: 'all-2', why: 'resolved_before' }],
  });
  await resolving.replay('ada', { filter: { topic: 'orders', reason: 'DecodeError.schema_violation' } });
  expect(await stateOf('all-3')).toMatchObject({ how: 'replayed' });
  expect((await watch.all()).filter(({ resolution }) => !resolution)).toEqual([]);
});

const search = async (text: string, by: 'key' | 'id' | 'mention', signal = new AbortController().signal) => {
  const found: ReceivedMessage[] = [];
  let last: SearchProgress | undefined;
  const on = {
    found: (one: ReceivedMessage) => found.push(one) > 0,
    progress: (now: SearchProgress) => {
      last = now;
    },
  };
  await searchLogs(logs, { text, by, topics: ['user-updates', 'product-updates'] }, on, signal);
  return { found: found.map(({ key }) => String(key)), progress: last };
};

test('a message is found by its key, its id and its text, the key’s partition alone being read for the key', async () => {
  const messages = Array.from({ length: 5_000 }, (_, index) => ({
    key: `key-${index}`,
    value: JSON.stringify({ text: `word-${index}` }),
    headers: { ce_id: `id-${index}` },
  }));
  await sender.send('user-updates', messages);
  const byKey = await search('key-17', 'key');
  expect(byKey.found).toEqual(['key-17']);
  const byId = await search('id-4321', 'id');
  expect(byId.found).toEqual(['key-4321']);
  expect(byId.progress).toMatchObject({ read: 5_000, total: 5_000, ended: 'all' });
  expect(byKey.progress?.total).toBeLessThan(5_000 / 2);
  expect((await search('word-4999"', 'mention')).found).toEqual(['key-4999']);
});

test('a search ends when nobody waits for it any more', async () => {
  const gone = AbortSignal.abort();
  expect((await search('word', 'mention', gone)).found).toEqual([]);
});

test('a message reaches whoever follows the topics, and nobody after that', async () => {
  const tail = createTail(broker.brokers, log);
  const rows: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const unlisten = tail.listen({
      message: ({ key }) => {
        rows.push(String(key));
        unlisten();
        resolve();
      },
      state: (state) => {
        if (state === 'following')
          sender.send('product-updates', [{ key: 'new', value: '{}' }]).catch(reject);
      },
    });
  });
  expect(rows).toEqual(['new']);
  // Whoever comes after the last one has left is not told what was so then.
  const states: string[] = [];
  const listener = { message: () => undefined, state: (state: string) => void states.push(state) };
  for (const unlisten of [tail.listen({ ...listener }), tail.listen({ ...listener })]) unlisten();
  expect(states).toEqual([]);
  await tail.stop();
});
