import { randomUUID } from 'node:crypto';
import { storeAnswer } from '@souk/service-kit/idempotency/idempotent-answers.ts';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { eraseCustomers } from './orders/order-erasures.ts';
import { testCatalogue } from './testing/test-catalogue.ts';
import { testOrder } from './testing/test-order.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const requests: Record<string, unknown> = {
  products: { name: 'Lantern', price: 3.39 },
  'products/batch': { products: [{ sku: 'a', name: 'A', price: 1 }, { name: 'B', price: 2 }, { name: 'C' }] },
  orders: testOrder('once'),
  'orders/status': { orders: [{ order_uid: 'moved', status: 'paid' }] },
};

test.each(Object.keys(requests))(
  'a repeated POST of %s is answered as the first, and does nothing',
  async (what) => {
    await catalogue.send('POST', '/api/v1/orders', testOrder('moved'));
    const send = () =>
      catalogue.send('POST', `/api/v1/${what}`, requests[what], { 'idempotency-key': `${what}-once` });
    const first = await send();
    const before = await catalogue.events();

    const repeat = await send();

    expect(first.status).toBeLessThan(300);
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(repeat.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    for (const name of ['etag', 'location', 'content-type'])
      expect(repeat.headers[name]).toBe(first.headers[name]);
    expect([repeat.status, repeat.body]).toEqual([first.status, first.body]);
    expect(await catalogue.events()).toEqual(before);
  },
);

test('answers with data of a user are erased with the user', async () => {
  const [userId, otherId] = [randomUUID(), randomUUID()];
  await catalogue.db.transaction('test', async (tx) => {
    for (const user of [userId, otherId])
      await storeAnswer(tx, Buffer.from(user), {
        fingerprint: Buffer.from('f'),
        status: 201,
        headers: {},
        body: `of ${user}`,
        userId: user,
      });
    await eraseCustomers(tx, [userId]);
  });

  const rows = await catalogue.db.sql<{ body: string }[]>`
    select body from idempotent_answers where body like 'of %'`;
  expect(rows).toEqual([{ body: `of ${otherId}` }]);
});

test('the answer of a placed order is erased with its customer, and one of no user is kept', async () => {
  const userId = randomUUID();
  const place = (uid: string, customer_id: string) =>
    catalogue.send('POST', '/api/v1/orders', testOrder(uid, { customer_id }), { 'idempotency-key': uid });
  await place('of-a-user', userId.toUpperCase());
  await place('of-no-user', 'somebody');
  await catalogue.db.transaction('test', (tx) => eraseCustomers(tx, [userId]));
  const rows = await catalogue.db.sql<{ body: string }[]>`
    select body from idempotent_answers where body like '%"customer_id"%'`;
  expect(rows.map(({ body }) => JSON.parse(body).order_uid)).toContain('of-no-user');
  expect(rows.map(({ body }) => body.toLowerCase()).join()).not.toContain(userId);
});
