import { type Order, orders } from '@souk/contracts/orders.ts';
import type { OrderItem, ReceivedOrder } from '../orders/order.ts';

const [example] = (orders.document as unknown as { examples: [Order] }).examples;
const [exampleItem] = example.items as [OrderItem];

/** One item: a piece of `sku` for 10 USD, unless said otherwise. */
export const testItem = (fields: Partial<OrderItem> = {}): OrderItem => ({
  ...exampleItem,
  sku: 'lamp',
  name: 'Lamp',
  price: 10,
  total_price: 10,
  quantity: 1,
  ...fields,
});

/** A valid order document; without `items` it has one lamp. */
export const testOrder = (order_uid: string, fields: Partial<Order> = {}): Order => ({
  ...structuredClone(example),
  order_uid,
  items: [testItem()],
  ...fields,
});

/** An order of `quantity` pieces of each sku. */
export const orderOf = (order_uid: string, quantities: Record<string, number>): Order =>
  testOrder(order_uid, {
    items: Object.entries(quantities).map(([sku, quantity], index) =>
      testItem({ sku, name: sku, quantity, total_price: 10 * quantity, rid: `${order_uid}-${index}` }),
    ),
  });

/** The order as it arrives. */
export const received = (document: Order, receivedAt = new Date()): ReceivedOrder => ({
  document,
  text: JSON.stringify(document),
  receivedAt,
});
