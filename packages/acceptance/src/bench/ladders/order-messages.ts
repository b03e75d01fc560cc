import type { Order } from '@souk/contracts/orders.ts';
import type { OutgoingMessage } from '@souk/service-kit/kafka/producer.ts';
import { userId } from './history-events.ts';

const products = 500;
const customers = 10_000;
const linesCount = 2;

/** Orders from a number on, each with two lines. */
export function* orderMessages(topic: string, from: number, count: number): Generator<OutgoingMessage> {
  for (let n = from; n < from + count; n++) {
    const value = Buffer.from(JSON.stringify(order(n)));
    yield { topic, key: `bench-${n}`, value, headers: {} };
  }
}

const order = (n: number): Order => ({
  ...{ order_uid: `bench-${n}`, track_number: `TRACK${n}`, entry: 'WEB' },
  delivery: {
    ...{ name: 'Jane Example', phone: '+15550100', zip: '10001', city: 'New York' },
    ...{ address: '1 Example Street', region: 'NY', email: 'jane@example.com' },
  },
  payment: {
    ...{ transaction: `bench-${n}`, request_id: '', currency: 'USD', provider: 'examplepay', amount: 55 },
    ...{ payment_dt: 1_772_358_420, bank: 'example', delivery_cost: 15, goods_total: 40, custom_fee: 0 },
  },
  items: Array.from({ length: linesCount }, (_, line) => item(n, line)),
  ...{ locale: 'en', internal_signature: '', customer_id: userId(n % customers), delivery_service: 'post' },
  ...{ shardkey: '9', sm_id: 99, date_created: '2026-03-01T09:47:00Z', oof_shard: '1' },
});

const item = (n: number, line: number): Order['items'][number] => {
  const product = (linesCount * n + line) % products;
  return {
    ...{ chrt_id: product, track_number: `TRACK${n}`, price: 10, rid: `${n}-${line}`, sale: 0, size: '0' },
    ...{ name: `Product ${product}`, total_price: 20, nm_id: product, brand: 'Wicker & Sons', status: 202 },
    ...{ sku: `SKU-${product}`, quantity: 2 },
  };
};
