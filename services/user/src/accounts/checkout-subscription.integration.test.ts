import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { testApp } from '../testing/test-app.ts';
import type { CartItem } from './cart.ts';
import { takeOutOfCarts } from './ordered-carts.ts';

const app = await testApp();
afterAll(() => app.close());

const [lamp, kite, bell] = [randomUUID(), randomUUID(), randomUUID()];
const line = (product_id: string, quantity: number): CartItem => ({ product_id, quantity });
const fill = (id: string, ...items: CartItem[]) => app.request('PUT', `/api/v1/users/${id}/cart`, { items });
const takeOut = (...checkouts: { userId: string; orderUid: string; lines: CartItem[] }[]) =>
  app.sql.begin((tx) => takeOutOfCarts(tx, checkouts));
const userOf = async (id: string) => (await app.request('GET', `/api/v1/users/${id}`)).body;

test('takes what was ordered out of a cart, and only that, also when the cart changed meanwhile', async () => {
  const { id } = await app.newUser();
  await fill(id, line(lamp, 5), line(bell, 1), line(kite, 1));
  await takeOut({ userId: id, orderUid: 'order-1', lines: [line(lamp, 2), line(kite, 3)] });
  const user = await userOf(id);
  expect(user).toMatchObject({ version: 3, cart: [line(lamp, 3), line(bell, 1)] });
  expect((await app.published()).at(-1)).toMatchObject({
    type: 'user.cart_updated.v1',
    data: { user_id: id, version: 3, order_uid: 'order-1', cart: user.cart },
  });
});

test('says that it heard of an order also when nothing of it is in the cart any more', async () => {
  const { id } = await app.newUser();
  await takeOut({ userId: id, orderUid: 'order-2', lines: [line(lamp, 1)] });
  expect(await userOf(id)).toMatchObject({ version: 2, cart: [] });
  expect((await app.published()).at(-1)).toMatchObject({
    data: { version: 2, order_uid: 'order-2', cart: [] },
  });
});

test('takes several orders of several users in one transaction, each with its event, and none of a user who is gone', async () => {
  const [one, other] = [await app.newUser(), await app.newUser()];
  await fill(one.id, line(lamp, 3));
  await fill(other.id, line(lamp, 3));
  const before = (await app.published()).length;
  await takeOut(
    { userId: one.id, orderUid: 'a', lines: [line(lamp, 1)] },
    { userId: randomUUID(), orderUid: 'b', lines: [line(lamp, 1)] },
    { userId: other.id, orderUid: 'c', lines: [line(lamp, 3)] },
    { userId: one.id, orderUid: 'd', lines: [line(lamp, 1)] },
  );
  expect((await userOf(one.id)).cart).toEqual([line(lamp, 1)]);
  expect((await userOf(other.id)).cart).toEqual([]);
  const events = (await app.published()).slice(before).map(({ data }) => data);
  expect(events).toMatchObject([
    { user_id: one.id, version: 3, order_uid: 'a', cart: [line(lamp, 2)] },
    { user_id: other.id, version: 3, order_uid: 'c', cart: [] },
    { user_id: one.id, version: 4, order_uid: 'd', cart: [line(lamp, 1)] },
  ]);
});
