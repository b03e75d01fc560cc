import { productUpdates } from '@souk/contracts/product-updates.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createProduct, type Product } from '../catalogue/product.ts';
import { orderOf, received, testItem, testOrder } from '../testing/test-order.ts';
import { newProducts, placeOrders } from './order-placement.ts';

const now = new Date('2026-03-01T12:00:00Z');
const metaSource = () => {
  let last = 0;
  return { newId: () => `0198c1de-3b00-7000-8000-${String(++last).padStart(12, '0')}`, now };
};

const ids: Record<string, string> = {
  a: '0198c1de-3b00-7000-8000-aaaaaaaaaaaa',
  b: '0198c1de-3b00-7000-8000-bbbbbbbbbbbb',
};
const shelf = (stocks: Record<string, number | null>): Map<string, Product> =>
  new Map(
    Object.entries(stocks).map(([sku, stock]) => {
      const meta = { productId: ids[sku] as string, eventId: ids[sku] as string, now };
      return [sku, createProduct({ sku, name: sku, priceMinor: 100, stock }, meta).product];
    }),
  );

test('an item takes what is there and the rest is backordered', () => {
  const orders = [received(orderOf('one', { a: 2 })), received(orderOf('two', { a: 2, b: 1 }))];
  const placed = placeOrders(orders, shelf({ a: 3, b: null }), metaSource());

  expect(
    placed.items.map(({ orderUid, line, taken, backordered }) => [orderUid, line, taken, backordered]),
  ).toEqual([
    ['one', 1, 2, 0],
    ['two', 1, 1, 1],
    ['two', 2, 0, 0],
  ]);
  expect(placed.backorderedUids).toEqual(['two']);
  expect(
    placed.stockChanges.map(({ product, event }) => [
      product.sku,
      product.stock,
      product.version,
      event.type,
    ]),
  ).toEqual([['a', 0, 2, 'product.updated.v1']]);
  expect(placed.purchases.map(({ key, type }) => [key, type])).toEqual([
    [ids.a, 'product.purchased.v1'],
    [ids.a, 'product.purchased.v1'],
    [ids.b, 'product.purchased.v1'],
  ]);
});

test('whatever the orders, no stock falls below zero, and what was taken is what is gone', () => {
  const quantities = fc.record(
    { a: fc.integer({ min: 1, max: 9 }), b: fc.integer({ min: 1, max: 9 }) },
    { requiredKeys: ['a'] },
  );
  const stock = fc.option(fc.integer({ min: 0, max: 30 }));
  fc.assert(
    fc.property(fc.array(quantities, { maxLength: 8 }), stock, stock, (asked, a, b) => {
      const products = shelf({ a, b });
      const orders = asked.map((each, index) => received(orderOf(`order-${index}`, each)));
      const { items, stockChanges, backorderedUids } = placeOrders(orders, products, metaSource());
      for (const [sku, before] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const ofSku = items.filter(({ item }) => item.sku === sku);
        const sum = (of: 'taken' | 'backordered') => ofSku.reduce((total, placed) => total + placed[of], 0);
        const wanted = ofSku.reduce((total, { item }) => total + (item.quantity ?? 0), 0);
        const after = stockChanges.find(({ product }) => product.sku === sku)?.product.stock ?? before;
        if (before === null) expect([after, sum('taken'), sum('backordered')]).toEqual([null, 0, 0]);
        else {
          expect(after).toBe(Math.max(0, before - wanted));
          expect(sum('taken')).toBe(before - (after as number));
          expect(sum('taken') + sum('backordered')).toBe(wanted);
        }
      }
      expect(backorderedUids).toEqual([
        ...new Set(items.filter(({ backordered }) => backordered > 0).map(({ orderUid }) => orderUid)),
      ]);
    }),
  );
});

test('an unknown product is made of the first item that names it', () => {
  const document = testOrder('one', {
    items: [
      testItem({ sku: 'known' }),
      testItem({ sku: 'new', name: 'New', brand: ' ', price: 12 }),
      testItem({ sku: 'new', name: 'Another name', rid: 'other' }),
      testItem({ sku: 'exact', name: 'Exact', brand: 'B', price: 12, unit_price_minor: 1_234 }),
    ],
  });
  document.payment.currency = 'EUR';
  const created = newProducts([received(document)], (sku) => sku === 'known', metaSource());
  expect(created.map(({ product }) => product)).toMatchObject([
    { sku: 'new', name: 'New', brand: null, priceMinor: 1_200, currency: 'EUR', stock: null, version: 1 },
    { sku: 'exact', name: 'Exact', brand: 'B', priceMinor: 1_234, currency: 'EUR', stock: null, version: 1 },
  ]);
  expect(created.map(({ event }) => event.type)).toEqual(['product.created.v1', 'product.created.v1']);
});

test('without a sku the product is known by its nm_id', () => {
  const { sku: _, ...item } = testItem({ nm_id: 2_389_212 });
  const [created] = newProducts([received(testOrder('one', { items: [item] }))], () => false, metaSource());
  expect(created?.product.sku).toBe('2389212');
});

const purchaseOf = (fields: Parameters<typeof testOrder>[1], receivedAt = now) => {
  const [event] = placeOrders(
    [received(testOrder('one', fields), receivedAt)],
    shelf({ a: null }),
    metaSource(),
  ).purchases;
  return event?.data;
};
const a = (fields: Parameters<typeof testItem>[0]) => ({ items: [testItem({ sku: 'a', ...fields })] });

test.each([
  ['the exact price of a piece', { unit_price_minor: 333, total_price: 10, quantity: 3 }, 333],
  ['the total divided by the pieces, rounded', { total_price: 10, quantity: 3 }, 333],
  ['the total of one piece', { total_price: 317 }, 31_700],
  ['nothing for a gift', { total_price: 0, quantity: 2 }, 0],
])('a purchase says %s', (_, fields, unitPriceMinor) => {
  expect(purchaseOf(a(fields))).toMatchObject({ unit_price_minor: unitPriceMinor });
});

test.each([
  ['2021-11-26T06:22:19Z', '2021-11-26T06:22:19.000Z'],
  ['2021-11-26t09:22:19.123456+03:00', '2021-11-26T06:22:19.123Z'],
  ['2999-01-01T00:00:00Z', now.toISOString()],
  ['0000-01-01T00:00:00+23:59', '1970-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59-23:59', now.toISOString()],
])('an order of %s was bought at %s', (date, occurredAt) => {
  expect(purchaseOf({ ...a({}), date_created: date })).toMatchObject({ occurred_at: occurredAt });
});

test.each([
  ['0198C1DE-3b00-7000-8000-000000000001', '0198c1de-3b00-7000-8000-000000000001'],
  ['test', null],
  ['0198c1de-3b00-7000-8000-00000000000', null],
])('the customer %s is the user %s', (customerId, userId) => {
  expect(purchaseOf({ ...a({}), customer_id: customerId })).toMatchObject({ user_id: userId });
});

test('a purchase holds nothing but what the contract names', () => {
  const names = Object.keys(productUpdates.events['product.purchased.v1'].properties);
  expect(Object.keys(purchaseOf(a({})) as object).sort()).toEqual(names.sort());
});
