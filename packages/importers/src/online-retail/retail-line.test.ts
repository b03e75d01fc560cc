import { expect, test } from 'vitest';
import { placesOf } from '../files/find-table.ts';
import { retailColumns } from './retail-columns.ts';
import { type FieldFormat, readLine } from './retail-line.ts';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const format: FieldFormat = {
  ...placesOf(header.split(','), retailColumns),
  fieldCount: 8,
  decimal: '.',
  dateOrder: 'month',
};

const good = {
  invoice: '536365',
  stockCode: '85123A',
  description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  quantity: '6',
  invoiceDate: '2010-12-01 08:26:00',
  unitPrice: '2.55',
  customer: '17850.0',
  country: 'United Kingdom',
};

const read = (changes: Partial<typeof good> = {}) => readLine(Object.values({ ...good, ...changes }), format);
const purchase = (changes: Partial<typeof good>) => {
  const line = read(changes);
  return 'purchase' in line ? line.purchase : line;
};

test('reads a line into exact values', () => {
  expect(purchase({})).toEqual({
    invoice: '536365',
    stockCode: '85123A',
    description: 'WHITE HANGING HEART T-LIGHT HOLDER',
    quantity: 6,
    unitPriceMinor: 255,
    occurredAt: '2010-12-01T08:26:00.000Z',
    customer: '17850',
  });
});

test.each([
  header,
  'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country',
  '\ufeffinvoice_no,stock code,DESCRIPTION,quantity,Invoice Date,unit_price,customer_id',
  'index,Country,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo',
])('knows the header %s', (names) => {
  const { places } = placesOf(names.split(','), retailColumns);
  expect(new Set(Object.values(places)).size).toBe(7);
});

test('names every column that a wrong header lacks or has twice', () => {
  expect(() =>
    placesOf(['Invoice', 'Invoice', 'Description', 'Quantity', 'InvoiceDate', 'Price'], retailColumns),
  ).toThrow(/no column was found for invoice \(several columns are called so\), stockCode, customer among/);
});

test.each([
  ['2.55', 255],
  ['2.5', 250],
  ['2', 200],
  ['2.', 200],
  ['1.005', 101],
  ['0.0049', 0],
  ['0.001', 0],
  ['13541.33', 1_354_133],
])('takes the price %s as %i cents', (unitPrice, unitPriceMinor) => {
  expect(purchase({ unitPrice })).toMatchObject({ unitPriceMinor });
});

test.each([
  ['2010-12-01 08:26:00', '2010-12-01T08:26:00.000Z'],
  ['2010-12-01T08:26', '2010-12-01T08:26:00.000Z'],
  ['12/1/2010 8:26', '2010-12-01T08:26:00.000Z'],
  ['12/1/10 8:26', '2010-12-01T08:26:00.000Z'],
  ['12/1/2010 8:26:00 AM', '2010-12-01T08:26:00.000Z'],
  ['12/1/2010 12:05 am', '2010-12-01T00:05:00.000Z'],
  ['12/1/2010 12:05 PM', '2010-12-01T12:05:00.000Z'],
  ['12.1.2010 8:26', '2010-12-01T08:26:00.000Z'],
  ['2010/12/1 8:26 PM', '2010-12-01T20:26:00.000Z'],
])('takes the time %s as UTC', (invoiceDate, occurredAt) => {
  expect(purchase({ invoiceDate })).toMatchObject({ occurredAt });
});

test.each([
  { quantity: 'six' },
  { quantity: '1.5' },
  { quantity: '' },
  { quantity: '1000001' },
  { unitPrice: '' },
  { unitPrice: '2,55' },
  { unitPrice: '1e3' },
  { invoiceDate: '2010-02-30 08:26:00' },
  { invoiceDate: '2010-12-01 24:00:00' },
  { invoiceDate: '13/1/2010 8:26' },
  { invoiceDate: 'yesterday' },
  { invoiceDate: '12/1/2010 13:26 PM' },
  { quantity: '1.000' },
  { customer: 'Smith' },
  { invoice: '' },
  { stockCode: ' ' },
  { stockCode: 'x'.repeat(101) },
  { stockCode: 'a\nb' },
  { stockCode: 'a\u2028b' },
  { description: 'a\0b' },
])('leaves out as malformed, and says what is wrong: %o', (changes) => {
  expect(read(changes)).toMatchObject({ leftOut: 'malformed', fault: expect.stringMatching(/./) });
});

test('reads a decimal comma and dates with the day first where the file has them', () => {
  const line = { ...good, unitPrice: '2,55', invoiceDate: '1.12.2010 8:26', customer: '17850,0' };
  expect(readLine(Object.values(line), { ...format, decimal: ',', dateOrder: 'day' })).toMatchObject({
    purchase: { unitPriceMinor: 255, occurredAt: '2010-12-01T08:26:00.000Z', customer: '17850' },
  });
});

test('leaves out as malformed a line with a field too many or too few', () => {
  const record = Object.values(good);
  expect(readLine([...record, ''], format)).toMatchObject({ fault: '9 fields instead of 8' });
  expect(readLine(record.slice(1), format)).toMatchObject({ fault: '7 fields instead of 8' });
});

test('counts a line with several reasons once, by the first in the stated order', () => {
  const all = { quantity: '-1', unitPrice: '-2.55', invoice: 'C536379', customer: '' };
  expect(read({ ...all, invoiceDate: '?' })).toMatchObject({ leftOut: 'malformed' });
  expect(read(all)).toMatchObject({ leftOut: 'no_customer' });
  expect(read({ ...all, customer: '1' })).toMatchObject({ leftOut: 'cancelled' });
  expect(read({ ...all, customer: '1', invoice: '2' })).toMatchObject({ leftOut: 'quantity' });
  expect(read({ ...all, customer: '1', invoice: '2', quantity: '1' })).toMatchObject({ leftOut: 'price' });
  expect(read({ unitPrice: '0.00' })).toMatchObject({ leftOut: 'price' });
});
