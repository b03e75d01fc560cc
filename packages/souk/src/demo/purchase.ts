import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { SoukClient } from '@souk/client/client.ts';
import { paymentSignature } from '@souk/client/payment-signature.ts';
import { dataOf, refusedError } from '@souk/client/refusal.ts';
import type { Order } from '@souk/contracts/orders.ts';
import { orderDocuments, type RetailCustomer } from '@souk/importers/online-retail/order-document.ts';
import { testProvider } from '../test-payments.ts';
import type { DemoProduct } from './catalogue.ts';
import type { Fate } from './purchases.ts';

/** What a shopper buys at one time. */
export interface Purchase {
  customer: RetailCustomer;
  lines: { product: DemoProduct; productId: string; quantity: number }[];
  fate: Fate;
}

export interface PurchaseParts {
  client: Pick<SoukClient, 'user' | 'product'>;
  /** Of the test provider. */
  paymentSecret: string;
  /** Puts an order on the topic of orders, as outside systems do. */
  sendOrder(order: Order): Promise<void>;
  /** Told of each step that is done. */
  onStep(step: PurchaseStep): void;
  signal: AbortSignal;
}

export type PurchaseStep = 'checkout' | 'sent order' | 'payment' | 'cancellation' | 'return';

const currency = 'USD';
const waitMs = 50;
const waitMaxMs = 30_000;

/**
 * Buys: the cart, its checkout, the message of the payment provider, and what becomes of the order; or an order by way
 * of the topic. Throws a RefusedError when a service refuses a step.
 */
export const buy = async (parts: PurchaseParts, purchase: Purchase): Promise<void> => {
  const { client, sendOrder, onStep } = parts;
  const { customer, lines, fate } = purchase;
  if (fate === 'ordered elsewhere') {
    for (const order of documentsOf(purchase)) await sendOrder(order);
    return onStep('sent order');
  }
  const items = [...Map.groupBy(lines, ({ productId }) => productId)].map(([product_id, same]) => ({
    product_id,
    quantity: same.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
  const params = { path: { id: customer.id } };
  const cart = await client.user.PUT('/api/v1/users/{id}/cart', { params, body: { items } });
  const order = await checkOut(parts, customer, dataOf(cart).version);
  if (!order) return;
  onStep('checkout');
  // A cart that is filled before its lines are out would lose them.
  await untilCleared(parts, order.order_uid);
  if (fate === 'not paid') return;
  await tell(parts, order.order_uid, 'succeeded', order.amount);
  onStep('payment');
  await follow(parts, order, fate);
};

/** What the checkout and the provider's message need to know of each other. */
interface Ordered {
  order_uid: string;
  amount: number;
  lines: { unit_price: number }[];
}

/** Undefined when the demo ends before the product service has heard of the cart. */
const checkOut = async (
  { client: { product }, signal }: PurchaseParts,
  { id, name, email }: RetailCustomer,
  cart_version: number,
): Promise<Ordered | undefined> => {
  const unknown = {
    phone: 'unknown',
    zip: 'unknown',
    city: 'unknown',
    address: 'unknown',
    region: 'unknown',
  };
  const payment = { provider: testProvider };
  let confirm: string | undefined;
  for (const deadline = performance.now() + waitMaxMs; ; ) {
    const body = { user_id: id, cart_version, delivery: { name, email, ...unknown }, payment };
    const { data, error, response } = await product.POST('/api/v1/checkouts', {
      body: confirm === undefined ? body : { ...body, confirm },
    });
    if (data) return data;
    const refused = refusedError(response, error);
    if (error && 'confirm' in error && confirm === undefined) confirm = error.confirm;
    else if (!isSoon(refused.problem?.code) || performance.now() > deadline) throw refused;
    else if (signal.aborted) return undefined;
    else await pause(waitMs, undefined, { signal }).catch(() => undefined);
  }
};

const isSoon = (code: string | undefined): boolean =>
  code === 'cart_not_here' || code === 'checkout_in_progress';

const untilCleared = async ({ client, signal }: PurchaseParts, id: string): Promise<void> => {
  for (const deadline = performance.now() + waitMaxMs; performance.now() < deadline && !signal.aborted; ) {
    const checkout = await client.product.GET('/api/v1/checkouts/{id}', { params: { path: { id } } });
    if (dataOf(checkout).cart_cleared) return;
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
  }
};

const tell = async (
  { client, paymentSecret }: PurchaseParts,
  order_uid: string,
  kind: 'succeeded' | 'refunded',
  amount: number,
) => {
  const body = {
    ...{ id: randomUUID(), type: `payment.${kind}` as const, order_uid, amount, currency },
    occurred_at: new Date().toISOString(),
  };
  const header = { 'souk-signature': paymentSignature(paymentSecret, JSON.stringify(body), Date.now()) };
  const params = { path: { provider: testProvider }, header };
  dataOf(await client.product.POST('/api/v1/payments/webhook/{provider}', { params, body }));
};

/** One piece is cancelled before the order is sent, whose refund is left to operators; or comes back afterwards. */
const follow = async (parts: PurchaseParts, { order_uid, lines }: Ordered, fate: Fate) => {
  const { onStep, client } = parts;
  const { product } = client;
  const params = { path: { order_uid } };
  const body = { id: randomUUID(), items: [{ line: 1, quantity: 1 }] };
  if (fate === 'cancelled') {
    dataOf(await product.POST('/api/v1/orders/{order_uid}/cancellations', { params, body }));
    onStep('cancellation');
  }
  // An order of which nothing is left is not sent.
  const { data } = await product.PATCH('/api/v1/orders/{order_uid}/status', {
    params,
    body: { status: 'shipped' },
  });
  if (fate !== 'returned' || !data) return;
  dataOf(await product.POST('/api/v1/orders/{order_uid}/returns', { params, body }));
  onStep('return');
  await tell(parts, order_uid, 'refunded', lines[0]?.unit_price ?? 0);
};

const documentsOf = ({ customer, lines }: Purchase): Order[] =>
  orderDocuments(
    lines.map(({ product: { sku, name, price }, quantity }) => ({
      ...{ invoice: randomUUID(), customer: customer.id, stockCode: sku, description: name, quantity },
      ...{ unitPriceMinor: Math.round(price * 100), occurredAt: new Date().toISOString() },
    })),
    customer,
    { currency },
  );
