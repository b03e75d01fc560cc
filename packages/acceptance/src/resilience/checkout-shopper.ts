import { randomUUID } from 'node:crypto';
import { paymentSignature } from '@souk/client/payment-signature.ts';
import { exampleOrder } from '@souk/contracts/orders.ts';
import type { ServiceName } from '@souk/contracts/services.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { type Answer, call } from '../http-call.ts';

export const paymentSecret = 'a-secret-of-the-test';

const { delivery } = exampleOrder;

/** Number from 0 up to one below `below`. */
type Draw = (below: number) => number;

/** Sends until somebody answers: every request is harmless to repeat. */
export const patientCall =
  (mesh: TestMesh) =>
  (name: ServiceName, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    eventually(
      async () => {
        const answer = await call(method, `${mesh.service(name).url}${path}`, body, { headers });
        if (answer.status >= 500) throw new Error(`${answer.status}`);
        return answer;
      },
      { timeoutMs: 60_000 },
    );

/** A shopper who fills carts, checks out, pays, cancels and sends back at random, and repeats requests. */
export const createShopper = (mesh: TestMesh, userId: string, products: readonly string[], draw: Draw) => {
  const send = patientCall(mesh);
  const orders: { uid: string; amount: number }[] = [];
  let version = 1;

  const fill = async () => {
    const chosen = new Map<string, number>();
    for (let count = draw(4); count > 0; count--)
      chosen.set(products[draw(products.length)] as string, 1 + draw(3));
    const items = [...chosen].map(([product_id, quantity]) => ({ product_id, quantity }));
    const { body } = await send('user', 'PUT', `/api/v1/users/${userId}/cart`, { items });
    version = body.version ?? version;
  };
  const checkOut = async (confirm?: string): Promise<void> => {
    const body = { user_id: userId, cart_version: version, delivery, ...(confirm ? { confirm } : {}) };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await send('product', 'POST', '/api/v1/checkouts', body, headers);
    if (first.status === 201) {
      await send('product', 'POST', '/api/v1/checkouts', body, headers);
      orders.push({ uid: first.body.order_uid, amount: first.body.amount });
    } else if (first.body.confirm && confirm === undefined) await checkOut(first.body.confirm);
  };
  const tell = async (type: string, { uid, amount }: { uid: string; amount: number }) => {
    const occurred_at = new Date().toISOString();
    const text = JSON.stringify({
      id: randomUUID(),
      type,
      order_uid: uid,
      amount,
      currency: 'USD',
      occurred_at,
    });
    const headers = { 'souk-signature': paymentSignature(paymentSecret, text, Date.now()) };
    for (let times = 1 + draw(2); times > 0; times--)
      await send('product', 'POST', '/api/v1/payments/webhook/test', text, headers);
  };
  const takeBack = async (path: string, uid: string) => {
    const body = { id: randomUUID(), ...(draw(2) ? { items: [{ line: 1, quantity: 1 }] } : {}) };
    for (let times = 1 + draw(2); times > 0; times--)
      await send('product', 'POST', `/api/v1/orders/${uid}/${path}`, body);
  };

  /** Does one thing. */
  return async (): Promise<void> => {
    const order = orders[draw(orders.length || 1)];
    const action = draw(9);
    if (action < 2 || order === undefined) await fill();
    if (action < 4 || order === undefined) return checkOut();
    if (action < 6) return tell(draw(4) ? 'payment.succeeded' : 'payment.failed', order);
    if (action === 6) return takeBack('cancellations', order.uid);
    if (action === 7) return takeBack('returns', order.uid);
    await send('product', 'PATCH', `/api/v1/orders/${order.uid}/status`, { status: 'shipped' });
  };
};
