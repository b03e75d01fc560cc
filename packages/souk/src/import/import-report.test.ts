import type { ImportReport, Retail } from '@souk/importers/online-retail/import-online-retail.ts';
import { expect, test } from 'vitest';
import { dryRunReport, importReport } from './import-report.ts';

const retail: Retail = {
  survey: {
    linesRead: 6,
    leftOut: { malformed: 1, no_customer: 1, cancelled: 0, quantity: 0, price: 0 },
    overlapping: 1,
    faults: ['line 3: time "\u001byesterday"'],
    purchases: 3,
    units: 6,
    revenueMinor: 1_530,
    customers: new Set(['1', '2', '3']),
    products: new Map([['A', { name: 'LAMP', priceMinor: 255 }]]),
    invoices: new Map([['["1","1"]', 3]]),
  },
  format: {
    encoding: 'utf-8',
    delimiter: ',',
    decimal: '.',
    dateOrder: 'day',
    places: {},
    fieldCount: 7,
    hasHeader: true,
    first: [],
    returning: new Set(),
  },
};
const report: ImportReport = {
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
  expect(importReport('retail.csv', retail, report)).toMatchInlineSnapshot(`
    "
    Imported retail.csv.

      lines read                             6
      imported                               3
      repeated                               0
      rejected                               0
      twice in the file                      1  where joined files overlap; taken once
      left out                               2  each line by the first reason that holds:
        malformed                            1  line 3: time "\\u001byesterday"
        no customer                          1
        cancelled (invoice C…)               0
        quantity of zero or less             0
        price of zero or less                0

      customers                              3  3 new
      products                               1  1 new
      purchases                              3
      units                                  6
      revenue                            15.30

    Read as utf-8, "," between fields, decimal ".", dates with the day first.

    Sent in 1.5 s (2 events/s), did not wait for the consumers;
    2.0 s in all."
  `);
});

test('says when a file was imported before, and why lines were rejected', () => {
  expect(importReport('retail.csv', retail, { ...report, imported: 0, repeated: 3 })).toContain(
    'retail.csv was imported before: all 3 purchases are there, nothing changed.',
  );
  const rejections = ['there is no such user'];
  expect(importReport('retail.csv', retail, { ...report, imported: 2, rejected: 1, rejections })).toMatch(
    /rejected +1 {2}there is no such user/,
  );
});

test('claims nothing about orders whose outcome nobody waited for', () => {
  const text = importReport('retail.csv', retail, { ...report, kind: 'orders', imported: 0, sent: 2 });
  expect(text).toMatch(
    /What became of the orders is not known yet.*\n\n.*\n {2}orders sent +2\n {2}twice in the file/,
  );
  expect(text).not.toMatch(/taken in|repeated|rejected/);
});

test('shows what would be imported, and how the file was read', () => {
  expect(dryRunReport('retail.csv', retail, 'orders')).toMatchInlineSnapshot(`
    "
    This is how retail.csv would be imported. Nothing was sent.

      lines read                             6
      twice in the file                      1  where joined files overlap; taken once
      left out                               2  each line by the first reason that holds:
        malformed                            1  line 3: time "\\u001byesterday"
        no customer                          1
        cancelled (invoice C…)               0
        quantity of zero or less             0
        price of zero or less                0

      customers                              3
      products                               1
      orders                                 1  more where an invoice has over 1,000 lines
      purchases                              3
      units                                  6
      revenue                            15.30

    Read as utf-8, "," between fields, decimal ".", dates with the day first."
  `);
});
