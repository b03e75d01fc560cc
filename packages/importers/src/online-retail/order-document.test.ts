import { decodeDocument } from '@souk/contracts/document.ts';
import { orders } from '@souk/contracts/orders.ts';
import { expect, test } from 'vitest';
import { orderDocuments } from './order-document.ts';
import type { Purchase } from './retail-line.ts';

const line: Purchase = {
  invoice: '536365',
  stockCode: '85123A',
  description: 'LAMP',
  quantity: 6,
  unitPriceMinor: 255,
  occurredAt: '2010-12-01T08:26:00.000Z',
  customer: '17850',
};
const customer = {
  id: '0198c1de-3b00-7000-8000-000000000001',
  name: 'Customer 17850',
  email: 'customer-17850@online-retail.example',
};
const documents = (lines: Purchase[]) => orderDocuments(lines, customer, { currency: 'GBP' });

test('an invoice is one order that the contract accepts, with exact prices, the same every time', () => {
  const lines = [line, { ...line, stockCode: 'POST', quantity: 1, unitPriceMinor: 49 }];
  const [order, ...more] = documents(lines);
  expect(more).toEqual([]);
  expect(order).toMatchObject({
    order_uid: '536365',
    customer_id: customer.id,
    payment: { currency: 'GBP', goods_total: 16, payment_dt: 1_291_191_960 },
    items: [
      { sku: '85123A', quantity: 6, unit_price_minor: 255, price: 3, total_price: 15 },
      { sku: 'POST', quantity: 1, unit_price_minor: 49, price: 0, total_price: 0 },
    ],
  });
  const value = Buffer.from(JSON.stringify(order));
  expect(decodeDocument(orders, { key: '536365', value }).document).toEqual(order);
  expect(documents(structuredClone(lines))).toEqual([order]);
});

test('two equal lines of an invoice are two items', () => {
  const [order] = documents([line, line]);
  expect(order?.items.map(({ rid }) => rid)).toEqual(['536365-1', '536365-2']);
  expect(() =>
    decodeDocument(orders, { key: null, value: Buffer.from(JSON.stringify(order)) }),
  ).not.toThrow();
});

test('an invoice with more lines than an order may have becomes several orders', () => {
  const parts = documents(Array.from({ length: 2_001 }, () => line));
  expect(parts.map(({ order_uid, items }) => [order_uid, items.length])).toEqual([
    ['536365', 1_000],
    ['536365_2', 1_000],
    ['536365_3', 1],
  ]);
});

test('an invoice number that no order could have is replaced by one that stands for it', () => {
  const [first] = documents([{ ...line, invoice: 'No. 1/2' }]);
  const [second] = documents([{ ...line, invoice: 'No. 1/3' }]);
  expect(first?.order_uid).toMatch(/^[a-f0-9]{31}$/);
  expect(first?.order_uid).not.toBe(second?.order_uid);
});

test('an order says the same whatever other lines a file has, and takes its time from its first line', () => {
  const later = { ...line, description: '', occurredAt: '2010-12-01T08:27:00.000Z' };
  const [order] = documents([line, later]);
  expect(order).toMatchObject({
    date_created: line.occurredAt,
    items: [{ name: 'LAMP' }, { name: '85123A' }],
  });
});

test('an invoice number of two customers is two orders', () => {
  const [order] = orderDocuments([line], customer, { currency: 'GBP', isShared: true });
  expect(order?.order_uid).toBe('536365-17850');
});

test('the largest order that the file can make fits the topic', () => {
  const wide = {
    ...line,
    description: 'é'.repeat(2_000),
    stockCode: 'x'.repeat(100),
    invoice: '1'.repeat(30),
  };
  const [order] = documents(Array.from({ length: 1_000 }, () => wide));
  const value = Buffer.from(JSON.stringify(order));
  expect(decodeDocument(orders, { key: null, value }).document).toEqual(order);
});
