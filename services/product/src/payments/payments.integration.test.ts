import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { cancelUnpaid, listUnpaid } from '../checkout/open-checkouts.ts';
import { testCarts } from '../testing/test-carts.ts';
import { testCatalogue, testPaymentSecret } from '../testing/test-catalogue.ts';
import { testItem, testOrder } from '../testing/test-order.ts';
import { signatureOf } from './signature.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const carts = testCarts(catalogue);
const orderOf = async (price: number, quantity: number): Promise<string> => {
  const lamp = await catalogue.create({ price });
  const userId = randomUUID();
  await carts.fill(userId, 2, { [lamp.id]: quantity });
  return (await carts.checkOut(userId, 2)).body.id;
};
const statusOf = async (uid: string) =>
  (await catalogue.send('GET', `/api/v1/orders/${uid}/status`)).body.status;

/** As if the time to pay were over. */
const cancelLate = async (): Promise<number> => {
  const { db } = catalogue;
  const late = new Date(Date.now() + 61_000);
  return cancelUnpaid(db, await listUnpaid(db, late, undefined), late);
};

const message = (order_uid: string, amount: number, fields: object = {}) => ({
  ...{ id: randomUUID(), type: 'payment.succeeded', order_uid, amount, currency: 'USD' },
  ...{ occurred_at: new Date().toISOString(), ...fields },
});
const tell = (content: object, { secret = testPaymentSecret, provider = 'test', at = Date.now() } = {}) => {
  const body = JSON.stringify(content);
  return catalogue.send('POST', `/api/v1/payments/webhook/${provider}`, body, {
    'content-type': 'application/json',
    'souk-signature': signatureOf(secret, body, at),
  });
};

test('a signed message pays an order once, however often it comes', async () => {
  const uid = await orderOf(12.5, 2);
  const paid = message(uid, 25);
  expect(await tell(paid)).toMatchObject({ status: 200, body: { outcome: 'applied', status: 'paid' } });
  expect(await tell(paid)).toMatchObject({ status: 200, body: { outcome: 'repeated', status: 'paid' } });
  expect(await statusOf(uid)).toBe('paid');
});

test('takes nothing that is not signed, of another provider, of no order, or in another currency', async () => {
  const uid = await orderOf(1, 1);
  expect(await tell(message(uid, 1), { secret: 'a-guess-of-it' })).toMatchObject({
    status: 401,
    body: { code: 'signature_invalid' },
  });
  expect(await tell(message(uid, 1), { at: Date.now() - 400_000 })).toMatchObject({ status: 401 });
  expect(await tell(message(uid, 1), { provider: 'other' })).toMatchObject({
    status: 404,
    body: { code: 'provider_not_found' },
  });
  expect(await tell(message('none', 1))).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
  expect(await tell(message(uid, 1, { currency: 'EUR' }))).toMatchObject({
    status: 409,
    body: { code: 'wrong_currency' },
  });
  expect(await tell(message(uid, 1.001))).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'amount' }] },
  });
  expect(await statusOf(uid)).toBe('created');
});

test('the order in which messages come does not matter: a failure after the success, a part before the rest', async () => {
  const uid = await orderOf(10, 1);
  await tell(message(uid, 10, { type: 'payment.failed' }));
  await tell(message(uid, 4));
  expect(await statusOf(uid)).toBe('created');
  await tell(message(uid, 6));
  await tell(message(uid, 6, { type: 'payment.failed' }));
  expect(await statusOf(uid)).toBe('paid');
});

test('of an order in part cancelled only what is left has to be paid', async () => {
  const uid = await orderOf(10, 3);
  await catalogue.send('POST', `/api/v1/orders/${uid}/cancellations`, { items: [{ line: 1, quantity: 2 }] });
  await tell(message(uid, 10));
  expect(await statusOf(uid)).toBe('paid');
});

test('what came in before part of the order was cancelled pays for what is left', async () => {
  const uid = await orderOf(10, 3);
  await tell(message(uid, 20));
  expect(await statusOf(uid)).toBe('created');
  await catalogue.send('POST', `/api/v1/orders/${uid}/cancellations`, { items: [{ line: 1, quantity: 1 }] });
  expect(await statusOf(uid)).toBe('paid');
});

test('an order that costs nothing waits for no payment', async () => {
  expect(await statusOf(await orderOf(0, 1))).toBe('paid');
});

test('a message under the id of another one is refused, not taken for its repeat', async () => {
  const [one, other] = [await orderOf(10, 1), await orderOf(10, 1)];
  const paid = message(one, 10);
  await tell(paid);
  expect(await tell({ ...paid, order_uid: other })).toMatchObject({
    status: 409,
    body: { code: 'message_id_reused' },
  });
  expect(await statusOf(other)).toBe('created');
});

test('a payment that comes after the time to pay is over changes nothing and is due back', async () => {
  const uid = await orderOf(10, 1);
  await cancelLate();
  expect(await tell(message(uid, 10))).toMatchObject({ body: { outcome: 'applied', status: 'cancelled' } });
  expect(await statusOf(uid)).toBe('cancelled');
});

test('of a payment and the end of the time to pay at one moment one happens first, and the other sees it', async () => {
  const uid = await orderOf(10, 1);
  const [{ body }, cancelled] = await Promise.all([tell(message(uid, 10)), cancelLate()]);
  const status = await statusOf(uid);
  expect(body.status).toBe(status);
  expect(status).toBe(cancelled === 1 ? 'cancelled' : 'paid');
});

const stuck = async () =>
  (await catalogue.send('GET', '/api/v1/stuck-orders')).body.items.map(
    ({ reason, amount }: { reason: string; amount: number | null }) => [reason, amount],
  );
const step = (uid: string, status: string) =>
  catalogue.send('PATCH', `/api/v1/orders/${uid}/status`, { status });

test('shows operators what does not go on by itself, and no more once it does', async () => {
  const uid = await orderOf(10, 3);
  expect(await stuck()).toEqual([]);
  await tell(message(uid, 30));
  await catalogue.send('POST', `/api/v1/orders/${uid}/cancellations`, { items: [{ line: 1, quantity: 1 }] });
  expect(await stuck()).toEqual([['refund_due', 10]]);
  await tell(message(uid, 10, { type: 'payment.refunded' }));
  expect(await stuck()).toEqual([]);
  const { sql } = catalogue.db;
  await sql`update checkouts set created_at = now() - interval '2 minutes'`;
  await sql`update orders set updated_at = now() - interval '4 days'`;
  expect(await stuck()).toEqual([
    ['not_sent', null],
    ['cart_not_cleared', null],
  ]);
});

test('what was paid twice, or too late, is due back', async () => {
  const [twice, late] = [await orderOf(10, 1), await orderOf(5, 1)];
  await tell(message(twice, 10));
  await tell(message(twice, 10));
  await cancelLate();
  await tell(message(late, 5));
  expect(await stuck()).toEqual([
    ['refund_due', 10],
    ['refund_due', 5],
  ]);
});

test('an order that an operator calls paid is due back when it is cancelled, until the operator has paid it back', async () => {
  const uid = await orderOf(10, 2);
  await tell(message(uid, 5));
  await step(uid, 'paid');
  expect(await stuck()).toEqual([]);
  await step(uid, 'cancelled');
  expect(await stuck()).toEqual([['refund_due', 20]]);
  const refund = (amount: number) => catalogue.send('POST', `/api/v1/orders/${uid}/refunds`, { amount });
  expect(await refund(20.01)).toMatchObject({ status: 409, body: { code: 'not_due' } });
  expect(await refund(0.001)).toMatchObject({ status: 409, body: { code: 'not_due' } });
  expect(await refund(5)).toMatchObject({ status: 200, body: { due: 15 } });
  expect(await refund(15)).toMatchObject({ status: 200, body: { due: 0 } });
  expect(await refund(1)).toMatchObject({ status: 409 });
  expect(await stuck()).toEqual([]);
  expect((await catalogue.send('POST', '/api/v1/orders/none/refunds', { amount: 1 })).status).toBe(404);
});

test('of an order of an outside system delivery and fees are due as well, as long as anything is left of it', async () => {
  const { payment } = testOrder('one');
  const costs = { ...payment, delivery_cost: 15, custom_fee: 2 };
  await catalogue.send('POST', '/api/v1/orders', testOrder('one', { payment: costs }));
  await tell(message('one', 10));
  expect(await statusOf('one')).toBe('created');
  await tell(message('one', 17));
  expect(await statusOf('one')).toBe('paid');
  await step('one', 'cancelled');
  expect(await stuck()).toEqual([['refund_due', 27]]);
});

/** An order of an outside system, whose one line of three pieces has only a total. */
const placeThree = async (uid: string, total_price: number, currency = 'USD'): Promise<void> => {
  const document = testOrder(uid, { items: [testItem({ sku: 'lamp', total_price, quantity: 3 })] });
  const payment = { ...document.payment, currency, delivery_cost: 0, custom_fee: 0 };
  await catalogue.send('POST', '/api/v1/orders', { ...document, payment });
};

test.each([20, 100])('a total of %s for three pieces is what is due for them, to the cent', async (total) => {
  await placeThree('one', total);
  await tell(message('one', total - 0.01));
  expect(await statusOf('one')).toBe('created');
  await tell(message('one', 0.01));
  expect(await statusOf('one')).toBe('paid');
  expect(await stuck()).toEqual([]);
});

test.each([
  ['USD', [33.33, 33.34, 33.33]],
  ['JPY', [33, 34, 33]],
  ['KWD', [33.333, 33.334, 33.333]],
])(
  'pieces of a total in %s are paid back one by one, in amounts that the currency has',
  async (currency, refunds) => {
    await placeThree('one', 100, currency);
    await tell(message('one', 100, { currency }));
    for (const amount of refunds) {
      await catalogue.send('POST', '/api/v1/orders/one/cancellations', { items: [{ line: 1, quantity: 1 }] });
      expect(await stuck()).toEqual([['refund_due', amount]]);
      expect(await catalogue.send('POST', '/api/v1/orders/one/refunds', { amount })).toMatchObject({
        status: 200,
        body: { due: 0 },
      });
    }
    expect(await statusOf('one')).toBe('cancelled');
    expect(await stuck()).toEqual([]);
  },
);

test.each(['\\u0000', '\\uD83D', '\\\\u0000', '\\\\ud8'])(
  'an order from the topic with %s in it is paid and paid back',
  async (text) => {
    await catalogue.send('POST', '/api/v1/orders', testOrder('one'));
    const note = `"note":"${text}","order_uid":`;
    const changed = await catalogue.db.sql`
      update orders set document = replace(document, '"order_uid":', ${note})
      where document like '%"order_uid":%'`;
    expect(changed.count).toBe(1);
    await tell(message('one', 25));
    expect(await statusOf('one')).toBe('paid');
    await step('one', 'cancelled');
    expect(await stuck()).toEqual([['refund_due', 25]]);
  },
);

test('an order of more than any amount is moved, taken back and shown, and holds up no other order', async () => {
  const line = { quantity: 1_000_000, unit_price_minor: 1_000_000_000_000 };
  const items = Array.from({ length: 20 }, (_, index) => testItem({ ...line, rid: `${index}` }));
  await catalogue.send('POST', '/api/v1/orders', testOrder('huge', { items }));
  await catalogue.send('POST', '/api/v1/orders', testOrder('one'));
  const orders = ['huge', 'one'].map((order_uid) => ({ order_uid, status: 'paid' }));
  expect(await catalogue.send('POST', '/api/v1/orders/status', { orders })).toMatchObject({
    status: 207,
    body: { moved: 2, rejected: [] },
  });
  const takeBack = (body: object) => catalogue.send('POST', '/api/v1/orders/huge/cancellations', body);
  expect((await takeBack({ items: [{ line: 1, quantity: 1 }] })).status).toBe(200);
  expect((await takeBack({})).body.status).toBe('cancelled');
  expect(await stuck()).toEqual([['refund_due', 9_999_999_999_999.99]]);
});

test('counts checkouts, payments, cancellations and returns', async () => {
  const counts = async () => {
    const text = (await catalogue.send('GET', '/metrics')).body as string;
    return new Map(
      [...text.matchAll(/^(souk_\w+)\{(?:kind|outcome)="(\w+)".*\} (\d+)$/gm)].map(
        ([, name, label, value]) => [`${name} ${label}`, Number(value)],
      ),
    );
  };
  const before = await counts();
  const [uid, other] = [await orderOf(10, 2), await orderOf(10, 1)];
  await carts.checkOut(randomUUID(), 1);
  const paid = message(uid, 20);
  await tell(paid);
  await tell(paid);
  await step(uid, 'shipped');
  await catalogue.send('POST', `/api/v1/orders/${uid}/returns`, { items: [{ line: 1, quantity: 1 }] });
  await catalogue.send('POST', `/api/v1/orders/${uid}/refunds`, { amount: 10 });
  await step(other, 'cancelled');
  const rose = [...(await counts())].flatMap(([name, value]) => {
    const by = value - (before.get(name) ?? 0);
    return by > 0 ? [[name, by]] : [];
  });
  expect(rose.sort()).toEqual([
    ['souk_checkouts_total cart_not_here', 1],
    ['souk_checkouts_total ordered', 2],
    ['souk_orders_taken_back_total cancelled', 1],
    ['souk_orders_taken_back_total returned', 1],
    ['souk_payment_messages_total refunded', 1],
    ['souk_payment_messages_total succeeded', 1],
  ]);
});
