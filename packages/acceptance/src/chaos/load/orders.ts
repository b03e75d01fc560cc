import { setTimeout as pause } from 'node:timers/promises';
import { type Order, orders } from '@souk/contracts/orders.ts';
import type { Sender } from '@souk/service-kit/kafka/sender.ts';
import { type ClientParts, tryOnce, untilAcknowledged } from './careful-client.ts';

const [example] = (orders.document as unknown as { examples: [Order] }).examples;
const [exampleItem] = example.items as [Order['items'][number]];
const paceMs = 400;
const linesMax = 3;

/** Orders on the topic that a broker may lose with its log: until the mesh was seen to have them, they are kept. */
export interface TopicOrders {
  sent: Map<string, string>;
  sender: Sender;
}

/** Places orders over HTTP and on the topic, in turn. The same order again changes nothing. */
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
      await untilAcknowledged('an order', async () => {
        const answer = await tryOnce(parts, 'product', 'POST', '/api/v1/orders', order);
        return (answer && answer.status < 300) || undefined;
      });
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

const orderOf = (uid: string, customer: string, skus: readonly string[]): Order => ({
  ...example,
  order_uid: uid,
  customer_id: customer,
  items: skus.map((sku, index) => ({
    ...{ ...exampleItem, sku, name: sku, rid: `${uid}-${index}`, quantity: index + 1 },
    ...{ total_price: 10 * (index + 1) },
  })),
});
