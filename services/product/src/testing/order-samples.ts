import { readFileSync } from 'node:fs';
import type { Order } from '@souk/contracts/orders.ts';
import { sharedData } from '@souk/testing/shared-data.ts';
import { testItem, testOrder } from './test-order.ts';

export interface OrderSample {
  name: string;
  /** As it is written. */
  text: string;
  document: Order;
}

/**
 * Orders as older shops write them, with neither `sku` nor `quantity` and a customer who is no user: an invented one,
 * and the one of the shared data where it is present.
 */
export const orderSamples = (): OrderSample[] => {
  const shared = sharedData('order-sample.json');
  return [
    sampleOf('invented', JSON.stringify(olderOrder(), null, 2)),
    ...(shared === undefined ? [] : [sampleOf('shared', readFileSync(shared, 'utf8'))]),
  ];
};

const sampleOf = (name: string, text: string): OrderSample => ({ name, text, document: JSON.parse(text) });

const olderOrder = (): Order => {
  const { sku, quantity, ...item } = testItem({
    name: 'Kite',
    brand: 'Café & Söhne',
    price: 1_250,
    sale: 20,
    total_price: 1_000,
    nm_id: 7_700_123,
  });
  const order = testOrder('older-order', { customer_id: 'jane', items: [item] });
  return {
    ...order,
    date_created: '2021-05-04T03:02:01Z',
    payment: { ...order.payment, amount: 2_015, goods_total: 1_000, delivery_cost: 1_015 },
  };
};
