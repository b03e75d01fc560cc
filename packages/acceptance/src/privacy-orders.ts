import { randomBytes, randomInt } from 'node:crypto';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { exampleOrder, type Order, orders } from '@souk/contracts/orders.ts';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { expect } from 'vitest';
import { call } from './http-call.ts';

/** Whom an order goes to, in words that occur nowhere else, as in privacy-tests.ts. */
export const recipient = () => {
  const tag = randomBytes(5).toString('hex');
  const delivery = {
    name: `yfirst${tag} ylast${tag}`,
    phone: `${randomInt(1e11, 1e12)}`,
    zip: `yzip${tag}`,
    city: `ycity${tag}`,
    address: `7 ystreet${tag}`,
    region: `yregion${tag}`,
    email: `ymail${tag}@example.com`,
  };
  const words = Object.values(delivery).flatMap((text) => text.match(/\w{5,}/g) ?? []);
  return { delivery, all: words.filter((word) => word !== 'example') };
};
type Recipient = ReturnType<typeof recipient>;

export const orderDeadLetters = deadLetterTopic(orders.name, 'product');

const orderTo = ({ delivery }: Recipient, uid: string): Order => ({
  ...exampleOrder,
  order_uid: uid,
  delivery,
  customer_id: delivery.email,
});

/** What shops do with orders: those to `placed` come over HTTP, those to `sent` on the topic. */
export interface OrderTraffic {
  /** One over each way, and what is read of them. */
  liveThrough(): Promise<void>;
  /** Orders to `refused` over both ways, each refused for another reason. */
  misuse(): Promise<void>;
  /** Orders of a user, over both ways, and what is read of them; one of them is refused. */
  ordersOf(userId: string): Promise<void>;
  /** After the user was deleted: waits for it, then the same orders come again and a new one. */
  erased(userId: string): Promise<void>;
  /** While Postgres is gone: one over HTTP, and one on the topic, which is tried until it is there. */
  failWithoutPostgres(): Promise<void>;
  /** Waits until everything sent is stored, or a dead letter. */
  taken(): Promise<void>;
  end(): Promise<void>;
}

export const orderTraffic = async (
  mesh: TestMesh,
  { placed, sent, refused, erased }: Record<'placed' | 'sent' | 'refused' | 'erased', Recipient>,
): Promise<OrderTraffic> => {
  const sender: Sender = await openSender(mesh.broker.brokers);
  const uids = async () =>
    (await mesh.sql`select order_uid from product_service.orders order by order_uid`).map(
      ({ order_uid }) => order_uid,
    );
  const before = await uids();
  const http = async (method: string, path: string, body: unknown, expected: number) => {
    const answer = await call(method, `${mesh.service('product').url}${path}`, body);
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBe(expected);
  };
  const place = (order: unknown, expected: number) => http('POST', '/api/v1/orders', order, expected);
  const send = (uid: string, document: unknown) =>
    sender.send(orders.name, [
      { key: uid, value: typeof document === 'string' ? document : JSON.stringify(document) },
    ]);

  const liveThrough = async () => {
    await send('sent', orderTo(sent, 'sent'));
    await place(orderTo(placed, 'placed'), 201);
    await place(orderTo(placed, 'placed'), 200);
    await http('GET', '/order/placed', undefined, 200);
    await http('GET', `/api/v1/orders?customer_id=${placed.delivery.email}`, undefined, 200);
    await http('PATCH', '/api/v1/orders/placed/status', { status: 'paid' }, 200);
  };
  const misuse = async () => {
    const order = orderTo(refused, 'refused');
    const { delivery } = refused;
    // So short that a parser would quote it whole.
    const broken = `tel:${delivery.phone}`;
    const misshapen = {
      ...order,
      delivery: { ...delivery, phone: [delivery.phone], [delivery.email]: delivery.name },
      items: [],
      customer_id: null,
    };
    for (const document of [broken, misshapen]) {
      await place(document, 400);
      await send('refused', document);
    }
    await place(orderTo(refused, 'placed'), 409);
    await send('placed', orderTo(refused, 'placed'));
    await http('GET', `/order/${delivery.email}`, undefined, 400);
    await http('GET', `/api/v1/orders?cursor=${delivery.email}`, undefined, 400);
  };
  const orderOf = (uid: string, userId: string) => ({
    ...orderTo(erased, uid),
    customer_id: userId,
    gift_note: erased.delivery.address,
  });
  const ordersOf = async (userId: string) => {
    await place(orderOf('erased-http', userId), 201);
    await send('erased-topic', orderOf('erased-topic', userId));
    await send('erased-topic', { ...orderOf('erased-topic', userId), items: [] });
    await eventually(() => http('GET', '/order/erased-topic', undefined, 200));
    await http('GET', '/order/erased-http', undefined, 200);
  };
  const isRedacted = async (uid: string) => {
    const { body } = await call('GET', `${mesh.service('product').url}/order/${uid}`);
    expect(body.delivery.name).toBe('redacted');
  };
  const afterErasure = async (userId: string) => {
    for (const uid of ['erased-http', 'erased-topic']) await eventually(() => isRedacted(uid));
    await place(orderOf('erased-http', userId), 200);
    await place(orderOf('erased-late', userId), 201);
    await send('erased-topic', orderOf('erased-topic', userId));
  };
  const failWithoutPostgres = async () => {
    await place(orderTo(refused, 'refused'), 503);
    await send('delayed', orderTo(sent, 'delayed'));
    await eventually(() =>
      expect(mesh.service('product').logs.some((line) => line.includes('cannot apply messages'))).toBe(true),
    );
  };
  const taken = () =>
    eventually(async () => {
      const stored = (await uids()).filter((uid) => !before.includes(uid));
      expect(stored).toEqual(['delayed', 'erased-http', 'erased-late', 'erased-topic', 'placed', 'sent']);
      // A dead letter is sent before its transaction commits: again, when Postgres goes away in between.
      const deadLetters = await readTopic(mesh.broker.brokers, orderDeadLetters);
      expect(new Set(deadLetters.map((deadLetter) => headerOf(deadLetter, deadLetterHeader.id))).size).toBe(
        4,
      );
    });
  return {
    liveThrough,
    misuse,
    ordersOf,
    erased: afterErasure,
    failWithoutPostgres,
    taken,
    end: () => sender.close(),
  };
};
