import { setTimeout as pause } from 'node:timers/promises';
import { exampleOrder, type Order, orders } from '@souk/contracts/orders.ts';
import type { Sender } from '@souk/service-kit/kafka/sender.ts';
import { type ClientParts, tryOnce, untilAcknowledged } from './careful-client.ts';

const [exampleItem] = exampleOrder.items as [Order['items'][number]];
const paceMs = 400;
const linesMax = 3;
/** Of so many orders over HTTP one is cancelled. */
const cancelEvery = 3;

/** Orders on the topic that a broker may lose with its log: until the mesh was seen to have them, they are kept. */
export interface TopicOrders {
  sent: Map<string, string>;
  sender: Sender;
}

/**
 * Places orders over HTTP and on the topic, in turn, and cancels some. The same order again changes nothing, nor does
 * the same cancellation.
 */
export const placeOrders = async (parts: ClientParts, { sent, sender }: TopicOrders): Promise<void> => {
  const { chaos, journal, random, isOver } = parts;
  while (!isOver()) {
    const uid = chaos.nextName('order');
    const order = orderOf(
      uid,
      random.pick(chaos.users),
      random.shuffled(chaos.skus).slice(0, random.whole(1, linesMax)),
    );
    if (random.whole(0, 1) === 0) {
      await place(parts, order);
      if (random.whole(1, cancelEvery) === 1) {
        await Promise.all([cancel(parts, uid), cancel(parts, uid)]);
        await place(parts, order);
        journal.cancelled.add(uid);
      }
    } else {
      const value = JSON.stringify(order);
      sent.set(uid, value);
      await untilAcknowledged('an order on the topic', () =>
        sender.send(orders.name, [{ key: uid, value }]).then(
          () => true,
          () => undefined,
        ),
      );
    }
    journal.orders.set(uid, order.items.length);
    await pause(paceMs);
  }
};

const place = (parts: ClientParts, order: Order): Promise<true> =>
  untilAcknowledged('an order', async () => {
    const answer = await tryOnce(parts, 'product', 'POST', '/api/v1/orders', order);
    return (answer && answer.status < 300) || undefined;
  });

const cancel = (parts: ClientParts, uid: string): Promise<true> =>
  untilAcknowledged('a cancellation', async () => {
    const path = `/api/v1/orders/${uid}/status`;
    const answer = await tryOnce(parts, 'product', 'PATCH', path, { status: 'cancelled' });
    return answer?.status === 200 || undefined;
  });

const orderOf = (uid: string, customer: string, skus: readonly string[]): Order => ({
  ...exampleOrder,
  order_uid: uid,
  customer_id: customer,
  items: skus.map((sku, index) => ({
    ...{ ...exampleItem, sku, name: sku, rid: `${uid}-${index}`, quantity: index + 1 },
    ...{ total_price: 10 * (index + 1) },
  })),
});
