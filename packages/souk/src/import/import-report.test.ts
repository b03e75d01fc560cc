import type { ImportReport } from '@souk/importers/online-retail/import-online-retail.ts';
import { expect, test } from 'vitest';
import { importReport } from './import-report.ts';

const report: ImportReport = {
  linesRead: 5,
  leftOut: { malformed: 1, no_customer: 1, cancelled: 0, quantity: 0, price: 0 },
  purchases: 3,
  units: 6,
  revenueMinor: 1_530,
  customers: new Set(['1', '2', '3']),
  products: new Map([['A', { name: 'LAMP', priceMinor: 255 }]]),
  invoices: new Map(),
  kind: 'purchases',
  customersCreated: 3,
  productsCreated: 1,
  imported: 3,
  repeated: 0,
  rejected: 0,
  rejections: [],
  sendingMs: 1_500,
  catchingUpMs: undefined,
  totalMs: 2_000,
};

test('reports every line once: imported, or left out for a reason', () => {
  expect(importReport('retail.csv', report)).toMatchInlineSnapshot(`
    "
    Imported retail.csv.

      lines read                             5
      imported                               3
      repeated                               0
      rejected                               0
      left out                               2  each line by the first reason that holds:
        malformed                            1
        no customer                          1
        cancelled (invoice C…)               0
        quantity of zero or less             0
        price of zero or less                0

      customers                              3  3 new
      products                               1  1 new
      purchases                              3
      units                                  6
      revenue                            15.30

    Sent in 1.5 s (2 events/s), did not wait for the consumers;
    2.0 s in all."
  `);
});

test('says when a file was imported before, and why lines were rejected', () => {
  expect(importReport('retail.csv', { ...report, imported: 0, repeated: 3 })).toContain(
    'retail.csv was imported before: all 3 purchases are there, nothing changed.',
  );
  const rejections = ['there is no such user'];
  expect(importReport('retail.csv', { ...report, imported: 2, rejected: 1, rejections })).toMatch(
    /rejected +1 {2}there is no such user/,
  );
});

test('claims nothing about orders whose outcome nobody waited for', () => {
  const text = importReport('retail.csv', { ...report, kind: 'orders', imported: 0, sent: 2 });
  expect(text).toMatch(
    /What became of the orders is not known yet.*\n\n.*\n {2}orders sent +2\n {2}left out/,
  );
  expect(text).not.toMatch(/taken in|repeated|rejected/);
});
