import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { eraseCustomers } from '../orders/order-erasures.ts';
import { testCarts, testDelivery } from '../testing/test-carts.ts';
import { testCatalogue } from '../testing/test-catalogue.ts';
import { eraseCarts } from './cart-repository.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const carts = testCarts(catalogue);
const stockOf = async (id: string) => (await catalogue.send('GET', `/products/${id}`)).body.stock;
const ordersHeld = async () => (await catalogue.send('GET', '/api/v1/orders')).body.items;

test('makes an order of a cart: the stock is taken, the events tell of it, the document is an order like any other', async () => {
  const lamp = await catalogue.create({ name: 'Lamp', sku: 'lamp', price: 12.5, stock: 5 });
  const kite = await catalogue.create({ name: 'Kite', price: 3.33 });
  const userId = randomUUID();
  await carts.fill(userId, 2, { [lamp.id]: 2, [kite.id]: 3 });
  const { status, body, headers } = await carts.checkOut(userId, 2);
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      ...{ user_id: userId, cart_version: 2, status: 'created', cart_cleared: false },
      ...{ amount: 34.99, currency: 'USD', pay_until: expect.any(String) },
      lines: [
        { line: 1, product_id: lamp.id, sku: 'lamp', quantity: 2, unit_price: 12.5 },
        { line: 2, product_id: kite.id, sku: kite.id, quantity: 3, unit_price: 3.33 },
      ],
    },
  });
  expect(headers.location).toBe(`/api/v1/checkouts/${body.id}`);
  expect((await catalogue.send('GET', `/api/v1/checkouts/${body.id}`)).body).toEqual(body);
  expect(await stockOf(lamp.id)).toBe(3);
  const document = (await catalogue.send('GET', `/order/${body.order_uid}`)).body;
  expect(document).toMatchObject({ customer_id: userId, delivery: testDelivery, payment: { amount: 35 } });
  const events = (await catalogue.events()).slice(2);
  expect(events.map(({ type }) => type)).toEqual([
    'product.updated.v1',
    'product.purchased.v1',
    'product.purchased.v1',
    'product.checked_out.v1',
  ]);
  expect(events.at(-1)?.data).toMatchObject({
    ...{ product_id: lamp.id, order_uid: body.id, user_id: userId },
    lines: [
      { product_id: lamp.id, quantity: 2 },
      { product_id: kite.id, quantity: 3 },
    ],
  });
  expect(JSON.stringify(events.map(({ data }) => data))).not.toContain('Jane');
});

test('names every difference from the cart, and orders what was confirmed, at the prices that were confirmed', async () => {
  const [dear, scarce, gone, sold] = await Promise.all([
    catalogue.create({ price: 1 }),
    catalogue.create({ stock: 5 }),
    catalogue.create(),
    catalogue.create({ stock: 1 }),
  ]);
  const userId = randomUUID();
  await carts.fill(userId, 2, { [dear.id]: 1 });
  await carts.fill(userId, 3, { [dear.id]: 1, [scarce.id]: 4, [gone.id]: 1, [sold.id]: 1 });
  await catalogue.send('PUT', `/products/${dear.id}`, { price: 2 });
  await catalogue.send('PUT', `/products/${scarce.id}`, { stock: 3 });
  await catalogue.send('PUT', `/products/${sold.id}`, { stock: 0 });
  await catalogue.send('DELETE', `/products/${gone.id}`);
  const refused = await carts.checkOut(userId, 2);
  expect(refused).toMatchObject({ status: 409, body: { code: 'checkout_differs' } });
  expect(refused.body.differences).toEqual([
    { kind: 'cart', cart_version: 3 },
    { kind: 'price', product_id: dear.id, currency: 'USD', before: 1, now: 2 },
    { kind: 'stock', product_id: scarce.id, wanted: 4, available: 3 },
    { kind: 'gone', product_id: gone.id },
    { kind: 'stock', product_id: sold.id, wanted: 1, available: 0 },
  ]);
  expect(await ordersHeld()).toEqual([]);

  await catalogue.send('PUT', `/products/${dear.id}`, { price: 2.5 });
  const again = await carts.checkOut(userId, 3, { confirm: refused.body.confirm });
  expect(again).toMatchObject({ status: 409, body: { code: 'checkout_differs' } });
  const { status, body } = await carts.checkOut(userId, 3, { confirm: again.body.confirm });
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      lines: [
        { product_id: dear.id, quantity: 1, unit_price: 2.5 },
        { product_id: scarce.id, quantity: 3 },
      ],
    },
  });
});

test('refuses what cannot be ordered, and says why', async () => {
  const userId = randomUUID();
  const codeOf = async (version: number) => (await carts.checkOut(userId, version)).body.code;
  expect(await codeOf(1)).toBe('cart_not_here');
  await carts.fill(userId, 1, {});
  expect(await codeOf(1)).toBe('cart_empty');
  const lamp = await catalogue.create({ stock: 0 });
  await carts.fill(userId, 2, { [lamp.id]: 1 });
  expect(await codeOf(3)).toBe('cart_not_here');
  expect(await codeOf(2)).toBe('nothing_to_order');
  const [euro, dollar] = [await catalogue.create({ currency: 'EUR' }), await catalogue.create()];
  await carts.fill(userId, 3, { [euro.id]: 1, [dollar.id]: 1 });
  expect(await codeOf(3)).toBe('mixed_currencies');
  const dear = await catalogue.create({ price: 9_000_000_000 });
  await carts.fill(userId, 4, { [dear.id]: 2 });
  expect(await codeOf(4)).toBe('amount_too_large');
  expect(await ordersHeld()).toEqual([]);
});

test('makes no second order of a cart before the first has left it, and then one of what was put in since', async () => {
  const [lamp, kite] = [await catalogue.create(), await catalogue.create()];
  const userId = randomUUID();
  await carts.fill(userId, 2, { [lamp.id]: 2 });
  const first = (await carts.checkOut(userId, 2)).body;
  // The user changes the cart before the user service hears of the order.
  await carts.fill(userId, 3, { [lamp.id]: 2, [kite.id]: 1 });
  expect(await carts.checkOut(userId, 3)).toMatchObject({
    status: 409,
    body: { code: 'checkout_in_progress', order_uid: first.id },
  });
  await carts.fill(userId, 4, { [kite.id]: 1 }, first.id);
  expect((await catalogue.send('GET', `/api/v1/checkouts/${first.id}`)).body.cart_cleared).toBe(true);
  expect(await carts.checkOut(userId, 4)).toMatchObject({
    status: 201,
    body: { lines: [{ product_id: kite.id }] },
  });
});

test('an account that changed in another way than its cart needs no new look at it', async () => {
  const lamp = await catalogue.create();
  const userId = randomUUID();
  await carts.fill(userId, 2, { [lamp.id]: 1 });
  await carts.fill(userId, 3, { [lamp.id]: 1 });
  expect(await carts.checkOut(userId, 2)).toMatchObject({ status: 201 });
});

test('of two checkouts of the last piece one is an order, the other a clear refusal', async () => {
  const lamp = await catalogue.create({ stock: 1 });
  const users = [randomUUID(), randomUUID()];
  for (const user of users) await carts.fill(user, 2, { [lamp.id]: 1 });
  const answers = await Promise.all(users.map((user) => carts.checkOut(user, 2)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
    code: 'nothing_to_order',
    differences: [{ kind: 'stock', product_id: lamp.id, wanted: 1, available: 0 }],
  });
});

test('a thousand checkouts at once of ten pieces make ten orders', async () => {
  const lamp = await catalogue.create({ stock: 10 });
  const users = Array.from({ length: 1_000 }, () => randomUUID());
  await carts.apply(
    ...users.map((user_id) => ({ user_id, version: 2, cart: [{ product_id: lamp.id, quantity: 1 }] })),
  );
  // A slow machine answers some with 503: whoever repeats a request has its answer in the end.
  const outcomeOf = async (userId: string): Promise<string> => {
    for (;;) {
      const body = { user_id: userId, cart_version: 2, delivery: testDelivery };
      const headers = { 'idempotency-key': userId };
      const answer = await catalogue.send('POST', '/api/v1/checkouts', body, headers);
      const isDone = answer.status < 500 && answer.body.code !== 'idempotency_in_flight';
      if (isDone) return answer.status === 201 ? 'ordered' : answer.body.code;
    }
  };
  const outcomes = await Promise.all(users.map(outcomeOf));
  const counts = Map.groupBy(outcomes, (outcome) => outcome);
  expect([...counts].map(([outcome, { length }]) => [outcome, length]).sort()).toEqual([
    ['nothing_to_order', 990],
    ['ordered', 10],
  ]);
  expect(await stockOf(lamp.id)).toBe(0);
});

test('the same cart twice at once is one order', async () => {
  const lamp = await catalogue.create();
  const userId = randomUUID();
  await carts.fill(userId, 2, { [lamp.id]: 1 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => carts.checkOut(userId, 2)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
});

test('keeps no cart of a user who is gone, and takes no order of one', async () => {
  const lamp = await catalogue.create();
  const userId = randomUUID();
  await carts.fill(userId, 2, { [lamp.id]: 1 });
  await catalogue.db.transaction('erase', async (tx) => {
    await eraseCustomers(tx, [userId]);
    await eraseCarts(tx, [userId]);
  });
  await carts.fill(userId, 3, { [lamp.id]: 1 });
  expect(await catalogue.db.sql`select from carts`).toHaveLength(0);
  expect(await carts.checkOut(userId, 3)).toMatchObject({ status: 409, body: { code: 'cart_not_here' } });
});

test('sent again with its Idempotency-Key it is one order, and one answer', async () => {
  const lamp = await catalogue.create();
  const userId = randomUUID();
  await carts.fill(userId, 2, { [lamp.id]: 1 });
  const send = () =>
    catalogue.send(
      'POST',
      '/api/v1/checkouts',
      { user_id: userId, cart_version: 2, delivery: testDelivery },
      { 'idempotency-key': userId },
    );
  const first = await send();
  expect(first).toMatchObject({ status: 201 });
  expect(await send()).toMatchObject({ status: 201, body: first.body });
  expect(await ordersHeld()).toHaveLength(1);
});
