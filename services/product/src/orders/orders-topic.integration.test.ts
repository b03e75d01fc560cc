import { decodeEvent } from '@souk/contracts/cloud-event.ts';
import { type Order, orders as ordersTopic } from '@souk/contracts/orders.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { openProducer, type ProducerSession } from '@souk/service-kit/kafka/producer.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { type RunningService, spawnService } from '@souk/testing/service.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orderSamples } from '../testing/order-samples.ts';
import { orderOf, testItem, testOrder } from '../testing/test-order.ts';

let database: TestDatabase;
let broker: TestBroker;
let service: RunningService;
let producer: ProducerSession;
beforeAll(async () => {
  [database, broker] = await Promise.all([
    testDatabase('product'),
    testBroker(kafkaTopics.map(({ name }) => name)),
  ]);
  service = await spawnService('product', {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: broker.brokers,
    KAFKA_FETCH_WAIT_MAX_MS: '30',
    KAFKA_SESSION_TIMEOUT_MS: '4000',
    LOG_LEVEL: 'debug',
  });
  producer = await openProducer({ brokers: broker.brokers, clientId: 'shop' });
  await service.ready();
});
afterAll(async () => {
  await producer.close();
  await service.stop();
  await Promise.all([broker.stop(), database.drop()]);
});

interface Sent {
  key: string | null;
  value: Buffer | null;
}
const bytes = (document: unknown) => Buffer.from(JSON.stringify(document));
const order = (document: Order): Sent => ({ key: document.order_uid, value: bytes(document) });
const send = (...messages: Sent[]) =>
  producer.publish(messages.map((message) => ({ topic: ordersTopic.name, headers: {}, ...message })));
const get = (path: string) => fetch(`${service.url}${path}`);
const getBytes = async (path: string) => {
  const response = await get(path);
  expect(response.status, path).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};
const post = (value: Buffer) =>
  fetch(`${service.url}/api/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(value),
  });
const arrived = (uid: string) => eventually(() => getBytes(`/order/${uid}`));
/** Key, reason and value of everything in the dead-letter topic. */
const deadLetters = async () =>
  (await readTopic(broker.brokers, deadLetterTopic(ordersTopic.name, 'product'))).map((message) => ({
    key: message.key?.toString() ?? null,
    value: message.value,
    reason: `${headerOf(message, '__connect.errors.exception.class.name')}: ${headerOf(message, '__connect.errors.exception.message')}`,
  }));
const stats = async () => (await (await get('/stats')).json()) as { orders: Record<string, number> };
const purchases = async (uid: string) => {
  const messages = await readTopic(broker.brokers, productUpdates.name);
  const events = messages.map(({ key, value, headers = [] }) =>
    decodeEvent(productUpdates, { key: key ?? null, value, headers: Object.assign({}, ...headers) }),
  );
  const unique = new Map(events.map((event) => [event?.id, event?.data]));
  return [...unique.values()].filter((data) => data && 'order_uid' in data && data.order_uid === uid);
};

test.for(orderSamples())(
  'the $name sample order is taken from the topic and given back byte for byte',
  async ({ text, document }) => {
    const { order_uid } = document;
    await send({ key: order_uid, value: Buffer.from(text) });

    expect((await arrived(order_uid)).toString()).toBe(text);
    await eventually(async () =>
      expect(await purchases(order_uid)).toMatchObject([
        {
          line: 1,
          user_id: null,
          quantity: 1,
          unit_price_minor: 100 * (document.items[0]?.total_price ?? 0),
          currency: 'USD',
          occurred_at: new Date(document.date_created).toISOString(),
        },
      ]),
    );
    expect((await post(Buffer.from(text))).status).toBe(200);
  },
);

// biome-ignore lint/suspicious/noExplicitAny: the change makes documents that no type allows.
const poisoned = (uid: string, change: (document: any) => void): Sent => {
  const document = structuredClone(testOrder(uid));
  change(document);
  return order(document);
};

const poison: [message: Sent, reason: RegExp][] = [
  [{ key: 'poison-0', value: Buffer.from('{"order_uid": "poison-0"') }, /DecodeError.not_json/],
  [{ key: 'poison-1', value: null }, /DecodeError.empty_value/],
  [{ key: 'poison-2', value: Buffer.alloc(0) }, /DecodeError.empty_value/],
  [{ key: 'poison-3', value: Buffer.from(JSON.stringify(testOrder('poison-3')), 'utf16le') }, /not_json/],
  [{ key: 'poison-4', value: Buffer.from(JSON.stringify({ ä: 1 }), 'latin1') }, /not_json.*not UTF-8/],
  [poisoned('poison-5', (it) => delete it.delivery), /schema_violation.*delivery/],
  [poisoned('poison-6', (it) => (it.sm_id = '99')), /schema_violation.*\/sm_id/],
  [poisoned('poison-7', (it) => (it.payment.amount = -1)), /schema_violation.*\/payment\/amount/],
  [poisoned('poison-8', (it) => (it.items = [])), /schema_violation.*\/items/],
  [poisoned('poison-9', (it) => it.items.push(testItem())), /schema_violation.*\/items/],
  [poisoned('poison-10', (it) => (it.payment.currency = 'usd')), /schema_violation.*\/payment\/currency/],
  [poisoned('poison-11', (it) => (it.delivery.city = 'a\u0000')), /schema_violation.*\/delivery\/city/],
  [{ key: 'other', value: bytes(testOrder('poison-12')) }, /DecodeError.key_mismatch/],
  [{ key: 'poison-13', value: bytes([testOrder('poison-13')]) }, /schema_violation/],
  [
    { key: 'poison-14', value: bytes({ ...testOrder('poison-14'), note: 'x'.repeat(1_100_000) }) },
    /too_large/,
  ],
  [
    {
      key: 'poison-15',
      value: Buffer.from(JSON.stringify(testOrder('poison-15')).replace('{', '{"entry":"x",')),
    },
    /schema_violation: \/entry: is given twice/,
  ],
];

test('each poisonous message is dead-lettered as it came with its reason, and the rest arrive in order', async () => {
  const before = await stats();
  const good = Array.from({ length: 160 }, (_, index) => testOrder(`good-${index}`));
  const different = good.slice(0, 10).map((document) => ({ ...document, locale: 'de' }));
  const messages: Sent[] = good.flatMap((document, index) => {
    const bad = poison[index / 10]?.[0];
    return bad ? [bad, order(document)] : [order(document)];
  });
  // Behind the first of their uids, so that the first is the one that is stored.
  await send(...messages, ...different.map(order), { key: null, value: bytes(testOrder('without-key')) });

  const expected = [...poison.map(([message, reason]) => ({ ...message, reason }))];
  const found = await eventually(async () => {
    const all = await deadLetters();
    expect(all).toHaveLength(poison.length + different.length);
    return all;
  });
  for (const { key, value, reason } of expected) {
    const same = found.filter(
      (deadLetter) =>
        deadLetter.key === key &&
        Buffer.compare(deadLetter.value ?? Buffer.alloc(0), value ?? Buffer.alloc(0)) === 0,
    );
    expect(
      same.map((deadLetter) => deadLetter.reason),
      `${key}`,
    ).toEqual([expect.stringMatching(reason)]);
  }
  for (const document of different)
    expect(
      found.find(({ key, value }) => key === document.order_uid && value?.equals(bytes(document)))?.reason,
    ).toBe('OrderConflict: another document is stored under this order_uid');
  for (const document of [...good, testOrder('without-key')])
    expect((await arrived(document.order_uid)).equals(bytes(document)), document.order_uid).toBe(true);
  await eventually(async () => {
    const after = (await stats()).orders;
    expect(after.held).toBe((before.orders.held ?? 0) + good.length + 1);
    expect(after.dead_lettered).toBe((before.orders.dead_lettered ?? 0) + found.length);
    expect(after.rejected).toBe((before.orders.rejected ?? 0) + found.length);
    expect(after.consumed).toBe((before.orders.consumed ?? 0) + messages.length + different.length + 1);
  });
});

test('the same order, by whatever way and however often, is stored once', async () => {
  const { consumed = 0, held = 0 } = (await stats()).orders;
  const document = orderOf('many-times', { repeated: 2 });
  const copies = Array.from({ length: 5 });
  const [statuses] = await Promise.all([
    Promise.all(copies.map(async () => (await post(bytes(document))).status)),
    ...copies.map(() => send(order(document), order(document))),
  ]);

  await eventually(async () => expect((await stats()).orders.consumed).toBe(consumed + 10));
  expect((await stats()).orders.held).toBe(held + 1);
  expect(statuses.filter((status) => status !== 200 && status !== 201)).toEqual([]);
  expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(1);
  await eventually(async () => expect(await purchases('many-times')).toHaveLength(1));
});

test('/health tells of publishing and of consuming', async () => {
  await eventually(async () =>
    expect(await (await get('/health')).json()).toMatchObject({
      status: 'ok',
      dependencies: {
        kafka: { status: 'ok', lag: 0, retrying: false },
        outbox: { status: 'ok', relay: 'leader' },
      },
    }),
  );
});

test('a document of 10 MB costs that document alone', async () => {
  const before = (await stats()).orders.dead_lettered ?? 0;
  const huge = bytes({ ...testOrder('huge'), note: 'x'.repeat(10_000_000) });
  await send({ key: 'huge', value: huge });
  await eventually(async () => expect((await stats()).orders.dead_lettered).toBe(before + 1));
  await send(order(testOrder('after-huge')));
  await arrived('after-huge');
  expect((await get('/order/huge')).status).toBe(404);
});

test('a restart finds the newest orders in the cache', async () => {
  const restarted = await spawnService('product', {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: broker.brokers,
    KAFKA_FETCH_WAIT_MAX_MS: '30',
    KAFKA_SESSION_TIMEOUT_MS: '4000',
    ORDER_CACHE_MAX: '30',
  });
  try {
    await restarted.ready();
    const newest = await fetch(`${restarted.url}/api/v1/orders?limit=30`);
    const { items } = (await newest.json()) as { items: { order_uid: string }[] };
    for (const { order_uid } of items)
      expect((await fetch(`${restarted.url}/order/${order_uid}`)).status).toBe(200);
    expect(await (await fetch(`${restarted.url}/stats`)).json()).toMatchObject({
      orders: { cached: 30 },
      cache: { hits: 30, misses: 0, hit_rate: 1 },
    });
  } finally {
    await restarted.stop();
  }
});

test('no name, phone or e-mail of an order is in product-updates or in the log', async () => {
  const document = testOrder('private', {
    delivery: {
      ...testOrder('private').delivery,
      name: 'Secretus Nominus',
      phone: '+15559876543',
      email: 'secretus@example.net',
    },
  });
  await send(order(document), order({ ...document, locale: 'de' }), {
    key: 'private',
    value: Buffer.concat([bytes(document), Buffer.from('}')]),
  });
  await post(bytes(document));
  await post(bytes({ ...document, delivery: { ...document.delivery, zip: 5 } }));
  await eventually(async () => expect(await purchases('private')).toHaveLength(1));

  const events = await readTopic(broker.brokers, productUpdates.name);
  const published = events.map(({ key, value, headers }) => `${key}${value}${JSON.stringify(headers)}`);
  for (const text of ['Secretus', '9876543', 'secretus@', 'Jane Example', '5550100', 'jane@'])
    for (const line of [...published, ...service.logs]) expect(line).not.toContain(text);
});
