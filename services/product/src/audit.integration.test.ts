import { afterAll, expect, test } from 'vitest';
import { testCatalogue } from './testing/test-catalogue.ts';
import { testOrder } from './testing/test-order.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());

test('every change of the catalogue and of orders has its row, and what an order does to products has none', async () => {
  const { send } = catalogue;
  const { id } = await catalogue.create({ sku: 'lantern' });
  await send('PUT', `/api/v1/products/${id}`, { price: 4.5 });
  await send('PUT', `/api/v1/products/${id}`, { price: 4.5 });
  const batch = await send('POST', '/api/v1/products/batch', {
    products: [{ sku: 'lantern', name: 'Lamp', price: 5 }],
  });
  expect(batch.status).toBe(207);
  await send('DELETE', `/api/v1/products/${id}`);
  expect((await send('POST', '/api/v1/orders', testOrder('one'))).status).toBe(201);
  expect((await send('POST', '/api/v1/orders', testOrder('one'))).status).toBe(200);
  expect((await send('PATCH', '/api/v1/orders/one/status', { status: 'paid' })).status).toBe(200);
  expect((await send('PATCH', '/api/v1/orders/one/status', { status: 'delivered' })).status).toBe(409);
  expect((await send('PATCH', '/api/v1/orders/one/status', { status: 'cancelled' })).status).toBe(200);
  expect((await send('POST', '/api/v1/orders', testOrder('two'))).status).toBe(201);
  expect((await send('POST', '/api/v1/orders/two/cancellations', {})).status).toBe(200);
  const { body } = await send('GET', '/api/v1/audit');
  const done = body.items
    .toReversed()
    .map(({ action, object, outcome }: Record<string, string>) => [action, object, outcome]);
  expect(done).toEqual([
    ['createProduct', id, 'allowed'],
    ['updateProduct', id, 'allowed'],
    ['upsertProducts', id, 'allowed'],
    ['deleteProduct', id, 'allowed'],
    ['placeOrder', 'one', 'allowed'],
    ['moveOrder', 'one', 'allowed'],
    ['moveOrder', 'one', 'allowed'],
    ['placeOrder', 'two', 'allowed'],
    ['cancelOrder', 'two', 'allowed'],
  ]);
});
