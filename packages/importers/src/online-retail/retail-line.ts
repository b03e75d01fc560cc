import { amountMinorMax, quantityMax } from '@souk/contracts/fields.ts';
import type { Table } from '../files/find-table.ts';
import { isSku } from '../shop/is-sku.ts';
import type { RetailColumn } from './retail-columns.ts';
import { type DateOrder, type Decimal, readPrice, readTime, readWhole } from './retail-values.ts';

/** Why a line is left out, in the order in which they are looked for: the first that holds is the one counted. */
export const leftOutReasons = ['malformed', 'no_customer', 'cancelled', 'quantity', 'price'] as const;

export type LeftOutReason = (typeof leftOutReasons)[number];

/** A line that is imported. */
export interface Purchase {
  invoice: string;
  stockCode: string;
  /** May be empty. */
  description: string;
  quantity: number;
  unitPriceMinor: number;
  /** RFC 3339; the file's local times are taken as UTC. */
  occurredAt: string;
  /** Digits. */
  customer: string;
}

/** `text` is the whole line. `fault` says what is malformed. */
export type RetailLine = { invoice: string; text: string } & (
  | { purchase: Purchase }
  | { leftOut: LeftOutReason; fault?: string }
);

export interface FieldFormat extends Pick<Table<RetailColumn>, 'places' | 'fieldCount'> {
  decimal: Decimal;
  /** Undefined where no date depends on it. */
  dateOrder: DateOrder | undefined;
}

/** Judges one line. Whether a price is above zero is asked of the file's number, before it is rounded to cents. */
export const readLine = (record: readonly string[], format: FieldFormat): RetailLine => {
  const { places, fieldCount, decimal, dateOrder } = format;
  const field = (column: RetailColumn) => record[places[column] as number]?.trim() ?? '';
  const invoice = field('invoice');
  const line = { invoice, text: record.join('\0') };
  const malformed = (fault: string): RetailLine => ({ ...line, leftOut: 'malformed', fault });
  if (record.length !== fieldCount) return malformed(`${record.length} fields instead of ${fieldCount}`);
  if (record.some((text) => text.includes('\0'))) return malformed('a zero byte');
  const quantity = readWhole(field('quantity'), decimal);
  const price = readPrice(field('unitPrice'), decimal);
  const occurredAt = readTime(field('invoiceDate'), dateOrder);
  const customer = readCustomer(field('customer'));
  const stockCode = field('stockCode');

  if (invoice === '') return malformed('no invoice');
  if (!isSku(stockCode)) return malformed(`stock code "${stockCode}"`);
  if (quantity === undefined || quantity > quantityMax) return malformed(`quantity "${field('quantity')}"`);
  if (price === undefined || price.minor > amountMinorMax) return malformed(`price "${field('unitPrice')}"`);
  if (occurredAt === undefined) return malformed(`time "${field('invoiceDate')}"`);
  if (customer === undefined) return malformed(`customer "${field('customer')}"`);
  if (customer === '') return { ...line, leftOut: 'no_customer' };
  if (/^c/i.test(invoice)) return { ...line, leftOut: 'cancelled' };
  if (quantity <= 0) return { ...line, leftOut: 'quantity' };
  if (!price.positive) return { ...line, leftOut: 'price' };
  const description = field('description');
  const what = { invoice, stockCode, description, quantity, unitPriceMinor: price.minor };
  return { ...line, purchase: { ...what, occurredAt, customer } };
};

/** "17850", or "17850.0" where the column once held empty cells; '' without a customer. */
const readCustomer = (text: string): string | undefined =>
  text === '' ? '' : /^(\d{1,15})(?:[.,]0{0,2})?$/.exec(text)?.[1];
