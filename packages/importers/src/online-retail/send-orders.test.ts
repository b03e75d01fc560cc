import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeDocument } from '@souk/contracts/document.ts';
import { type Order, orders } from '@souk/contracts/orders.ts';
import { sharedData } from '@souk/testing/shared-data.ts';
import { afterAll, expect, test } from 'vitest';
import { retailSample } from '../testing/retail-sample.ts';
import { readRetail } from './import-online-retail.ts';
import { sendOrders } from './send-orders.ts';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const folder = mkdtempSync(join(tmpdir(), 'souk-orders-'));
afterAll(() => rmSync(folder, { recursive: true }));

const realFile = sharedData('online-retail-10k.csv');

/** Everything that is sent of a file, by uid, checked as its consumer checks it. */
const ordersOf = async (file: string): Promise<Map<string, Order>> => {
  const sent = new Map<string, Order>();
  const { survey, format } = await readRetail(file);
  const customers = [...survey.customers].map((customer) => {
    const name = `Customer ${customer}`;
    return [customer, { id: `user ${customer}`, name, email: `${customer}@shop.example` }] as const;
  });
  const count = await sendOrders({
    file,
    survey,
    format,
    customers: new Map(customers),
    currency: 'GBP',
    sender: {
      send: async (topic, messages) => {
        expect(topic).toBe('orders');
        for (const { key, value } of messages) {
          const { document } = decodeDocument(orders, {
            key: key as string,
            value: Buffer.from(value as string),
          });
          sent.set(key as string, document);
        }
      },
      close: async () => undefined,
    },
    flow: { pass: async () => undefined, drained: async () => 0 },
    onDone: () => undefined,
  });
  expect(sent.size).toBe(count);
  return sent;
};
const write = (...lines: string[]): string => {
  const path = join(folder, 'retail.csv');
  writeFileSync(path, [header, ...lines].join('\n'));
  return path;
};

if (realFile)
  test('sends the real shop to the penny, each invoice as one order', async () => {
    const sent = [...(await ordersOf(realFile)).values()];
    const items = sent.flatMap((order) => order.items);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    expect({
      lines: items.length,
      units: sum(items.map(({ quantity = 1 }) => quantity)),
      revenueMinor: sum(items.map(({ quantity = 1, unit_price_minor = 0 }) => quantity * unit_price_minor)),
      customers: new Set(sent.map(({ customer_id }) => customer_id)).size,
      skus: new Set(items.map(({ sku }) => sku)).size,
    }).toEqual({ lines: 7_608, units: 82_869, revenueMinor: 14_820_683, customers: 303, skus: 1_689 });
  });

test('gathers the lines of an invoice from all over the file', async () => {
  const line = (invoice: string, code: string) => `${invoice},${code},LAMP,1,2010-12-01 08:26:00,2.50,7,UK`;
  const sent = await ordersOf(write(line('1', 'A'), line('2', 'B'), line('1', 'C'), line('C3', 'D')));
  const skus = [...sent].map(([uid, { items }]) => [uid, items.map(({ sku }) => sku)]);
  expect(new Map(skus as [string, string[]][])).toEqual(
    new Map([
      ['1', ['A', 'C']],
      ['2', ['B']],
    ]),
  );
});

test('sends the same order whatever the order of its lines, and each line once however joined files overlap', async () => {
  const lines = retailSample().slice(1);
  const whole = await ordersOf(write(...lines));
  expect(await ordersOf(write(...lines.toReversed()))).toEqual(whole);
  expect(await ordersOf(write(...lines.slice(0, 300), ...lines.slice(180)))).toEqual(whole);
  expect(await ordersOf(write(...lines.slice(180), ...lines.slice(0, 300)))).toEqual(whole);
});

test('sends the same orders of a longer file, as far as their invoices were whole', async () => {
  const lines = [
    '1,A,LAMP,1,2010-12-01 08:26:00,2.50,7,UK',
    '1,B,,1,2010-12-01 08:26:00,2.50,7,UK',
    '1,A,LAMP,1,2010-12-01 08:26:00,2.50,8,UK',
    '2,A,RED LAMP,1,2010-12-01 09:26:00,3.50,7,UK',
    '2,B,BOX,1,2010-12-01 09:26:00,3.50,7,UK',
  ];
  const first = await ordersOf(write(...lines.slice(0, 3)));
  const all = await ordersOf(write(...lines));
  expect([...all.keys()]).toEqual(['1', '1-8', '2']);
  for (const [uid, order] of first) expect(all.get(uid)).toEqual(order);
});
