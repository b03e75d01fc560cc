import { expect, test } from 'vitest';
import { readHeader, readLine } from './retail-line.ts';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const columns = readHeader(header.split(','));

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

const read = (changes: Partial<typeof good> = {}) =>
  readLine(Object.values({ ...good, ...changes }), columns);
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
  '\u00ef\u00bb\u00bfinvoice_no,stock code,DESCRIPTION,quantity,Invoice Date,unit_price,customer_id',
  'index,Country,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo',
])('knows the header %s', (names) => {
  const { count, ...places } = readHeader(names.split(','));
  expect(count).toBe(names.split(',').length);
  expect(new Set(Object.values(places)).size).toBe(7);
});

test('names every column that a wrong header lacks or has twice', () => {
  expect(() =>
    readHeader(['InvoiceNo', 'Invoice', 'Description', 'Quantity', 'InvoiceDate', 'Price']),
  ).toThrow(/one column each for invoice, stockCode, customer;/);
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
  { customer: 'Smith' },
  { invoice: '' },
  { stockCode: ' ' },
  { stockCode: 'x'.repeat(101) },
  { description: 'a\0b' },
])('leaves out as malformed: %o', (changes) => {
  expect(read(changes)).toEqual({ leftOut: 'malformed' });
});

test('leaves out as malformed a line with a field too many or too few', () => {
  const record = Object.values(good);
  expect(readLine([...record, ''], columns)).toEqual({ leftOut: 'malformed' });
  expect(readLine(record.slice(1), columns)).toEqual({ leftOut: 'malformed' });
});

test('counts a line with several reasons once, by the first in the stated order', () => {
  const all = { quantity: '-1', unitPrice: '-2.55', invoice: 'C536379', customer: '' };
  expect(read({ ...all, invoiceDate: '?' })).toEqual({ leftOut: 'malformed' });
  expect(read(all)).toEqual({ leftOut: 'no_customer' });
  expect(read({ ...all, customer: '1' })).toEqual({ leftOut: 'cancelled' });
  expect(read({ ...all, customer: '1', invoice: '2' })).toEqual({ leftOut: 'quantity' });
  expect(read({ ...all, customer: '1', invoice: '2', quantity: '1' })).toEqual({ leftOut: 'price' });
  expect(read({ unitPrice: '0.00' })).toEqual({ leftOut: 'price' });
});

test('reads texts in UTF-8 and in Latin-1', () => {
  const bytes = (text: string, encoding: 'utf8' | 'latin1') => Buffer.from(text, encoding).toString('latin1');
  expect(purchase({ description: bytes('CRÈME BRÛLÉE', 'utf8') })).toMatchObject({
    description: 'CRÈME BRÛLÉE',
  });
  expect(purchase({ description: bytes('PRICE £5', 'latin1') })).toMatchObject({ description: 'PRICE £5' });
});
