import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { paymentSignature } from '@souk/client/payment-signature.ts';
import { exampleOrder } from '@souk/contracts/orders.ts';
import type { Answer } from '../../http-call.ts';
import { paymentSecret } from '../chaos-mesh.ts';
import { type ClientParts, tryOnce, untilAcknowledged } from './careful-client.ts';

const paceMs = 300;
const linesMax = 2;
const piecesMax = 3;
const { delivery } = exampleOrder;

/**
 * Fills the cart of one buyer, checks it out, pays, and cancels or sends back some: each step until it is acknowledged,
 * and most of them twice.
 */
export const buyCarts = async (parts: ClientParts, buyer: string): Promise<void> => {
  const { journal, random, isOver } = parts;
  while (!isOver()) {
    const order = await checkOut(parts, buyer);
    journal.orders.set(order.order_uid, order.lines.length);
    journal.checkouts.add(order.order_uid);
    await untilCleared(parts, order.order_uid);
    const status = await pay(parts, order);
    // A clock that was ahead ended its time to pay.
    if (status === 'cancelled') journal.cancelled.add(order.order_uid);
    else await takeBack(parts, order.order_uid, random.pick(['cancellations', 'returns', undefined]));
    await pause(paceMs);
  }
};

interface Ordered {
  order_uid: string;
  amount: number;
  lines: unknown[];
}

const checkOut = async (parts: ClientParts, buyer: string): Promise<Ordered> => {
  const { chaos, random } = parts;
  const items = random
    .shuffled(chaos.stocked)
    .slice(0, random.whole(1, linesMax))
    .map((product_id) => ({ product_id, quantity: random.whole(1, piecesMax) }));
  const body = { user_id: buyer, cart_version: await fillCart(parts, buyer, items), delivery };
  const headers = { 'idempotency-key': randomUUID() };
  const send = () =>
    acknowledged('a checkout', () => tryOnce(parts, 'product', 'POST', '/api/v1/checkouts', body, headers));
  const [first] = [await send(), await send()];
  return first.body;
};

/**
 * Gives the version with this cart. The change names the version it is made for, so that a request whose answer was not
 * waited for cannot fill the cart once more later.
 */
const fillCart = (parts: ClientParts, buyer: string, items: object[]): Promise<number> =>
  untilAcknowledged('a cart', async () => {
    const path = `/api/v1/users/${buyer}`;
    const before = await tryOnce(parts, 'user', 'GET', path);
    if (before?.status !== 200) return undefined;
    if (before.body.cart.length > 0) return before.body.version;
    const headers = { 'if-match': `"${before.body.version}"` };
    const changed = await tryOnce(parts, 'user', 'PUT', `${path}/cart`, { items }, headers);
    return changed?.status === 200 ? changed.body.version : undefined;
  });

const untilCleared = (parts: ClientParts, uid: string): Promise<true> =>
  untilAcknowledged('that a cart is cleared', async () => {
    const answer = await tryOnce(parts, 'product', 'GET', `/api/v1/checkouts/${uid}`);
    return answer?.body.cart_cleared === true || undefined;
  });

const pay = async (parts: ClientParts, { order_uid, amount }: Ordered): Promise<string> => {
  const occurred_at = new Date().toISOString();
  const type = 'payment.succeeded';
  const text = JSON.stringify({ id: randomUUID(), type, order_uid, amount, currency: 'USD', occurred_at });
  const send = () =>
    acknowledged('a payment', () =>
      tryOnce(parts, 'product', 'POST', '/api/v1/payments/webhook/test', text, {
        'souk-signature': paymentSignature(paymentSecret, text, Date.now()),
      }),
    );
  await send();
  return (await send()).body.status;
};

const takeBack = async (
  parts: ClientParts,
  uid: string,
  how: 'cancellations' | 'returns' | undefined,
): Promise<void> => {
  if (how === undefined) return;
  const path = `/api/v1/orders/${uid}`;
  if (how === 'returns')
    await acknowledged('a shipping', () =>
      tryOnce(parts, 'product', 'PATCH', `${path}/status`, { status: 'shipped' }),
    );
  const body = { id: randomUUID(), ...(how === 'returns' ? { items: [{ line: 1, quantity: 1 }] } : {}) };
  const send = () =>
    acknowledged(`one of ${how}`, () => tryOnce(parts, 'product', 'POST', `${path}/${how}`, body));
  await Promise.all([send(), send()]);
  if (how === 'cancellations') parts.journal.cancelled.add(uid);
};

const acknowledged = (what: string, attempt: () => Promise<Answer | undefined>): Promise<Answer> =>
  untilAcknowledged(what, async () => {
    const answer = await attempt();
    return answer && answer.status < 300 ? answer : undefined;
  });
