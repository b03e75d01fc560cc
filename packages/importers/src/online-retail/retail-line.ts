import { isUtf8 } from 'node:buffer';
import { amountMinorMax, quantityMax } from '@souk/contracts/fields.ts';
import { skuLengthMax } from '@souk/contracts/product-updates.ts';

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

export type RetailLine = { purchase: Purchase } | { leftOut: LeftOutReason };

/** Where each column stands in a record. */
export type RetailColumns = Record<keyof typeof headerNames, number> & { count: number };

/** By their names in lower case, letters and digits only: the UCI files and their copies spell them differently. */
const headerNames = {
  invoice: ['invoiceno', 'invoice'],
  stockCode: ['stockcode'],
  description: ['description'],
  quantity: ['quantity'],
  invoiceDate: ['invoicedate'],
  unitPrice: ['unitprice', 'price'],
  customer: ['customerid'],
} as const;

const expectedHeader = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

/** Finds the columns by their names, in any order and among others. Throws an Error that names the missing ones. */
export const readHeader = (record: readonly string[]): RetailColumns => {
  const found = record.map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const columns = Object.entries(headerNames).map(([column, names]) => {
    const places = found.flatMap((name, place) =>
      (names as readonly string[]).includes(name) ? [place] : [],
    );
    return [column, places] as const;
  });
  const missing = columns.filter(([, places]) => places.length !== 1).map(([column]) => column);
  if (missing.length > 0) {
    const problem = `there must be one column each for ${missing.join(', ')}`;
    throw new Error(`not an Online Retail file: ${problem}; expected a header like ${expectedHeader}`);
  }
  const places = Object.fromEntries(columns.map(([column, [place]]) => [column, place]));
  return { ...places, count: record.length } as RetailColumns;
};

/** Judges one line. Whether a price is above zero is asked of the file's number, before it is rounded to cents. */
export const readLine = (record: readonly string[], columns: RetailColumns): RetailLine => {
  const field = (column: keyof typeof headerNames) => record[columns[column]]?.trim() ?? '';
  const invoice = field('invoice');
  const stockCode = field('stockCode');
  const quantity = readWhole(field('quantity'));
  const price = readPrice(field('unitPrice'));
  const occurredAt = readTime(field('invoiceDate'));
  const customer = readCustomer(field('customer'));

  const whole = record.length === columns.count && !record.some((text) => text.includes('\0'));
  if (!whole || invoice === '' || !isSku(stockCode)) return { leftOut: 'malformed' };
  if (quantity === undefined || price === undefined || occurredAt === undefined || customer === undefined)
    return { leftOut: 'malformed' };
  if (quantity > quantityMax || price.minor > amountMinorMax) return { leftOut: 'malformed' };
  if (customer === '') return { leftOut: 'no_customer' };
  if (/^c/i.test(invoice)) return { leftOut: 'cancelled' };
  if (quantity <= 0) return { leftOut: 'quantity' };
  if (!price.positive) return { leftOut: 'price' };
  const description = latinOrUtf8(field('description'));
  return {
    purchase: {
      invoice,
      stockCode,
      description,
      quantity,
      unitPriceMinor: price.minor,
      occurredAt,
      customer,
    },
  };
};

const isSku = (text: string): boolean => text !== '' && text.length <= skuLengthMax;

/** "6"; also "6.0", as spreadsheets write it. */
const readWhole = (text: string): number | undefined =>
  /^-?\d{1,15}(\.0*)?$/.test(text) ? Number(text) : undefined;

/** "17850", or "17850.0" where the column once held empty cells; '' without a customer. */
const readCustomer = (text: string): string | undefined =>
  text === '' ? '' : /^(\d{1,15})(?:\.0*)?$/.exec(text)?.[1];

/**
 * Major units to cents by their digits, never as a float; half a cent goes away from zero. (The full file has prices
 * of 0.001: they are above zero, and 0 cents.)
 */
const readPrice = (text: string): { minor: number; positive: boolean } | undefined => {
  const match = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', decimals = ''] = match;
  const cents = Number(whole + decimals.slice(0, 2).padEnd(2, '0')) + (Number(decimals[2] ?? 0) >= 5 ? 1 : 0);
  return { minor: sign ? -cents : cents, positive: !sign && /[1-9]/.test(whole + decimals) };
};

/** "2010-12-01 08:26:00" or, as in the UCI spreadsheet, "12/1/2010 8:26" (month first). */
const readTime = (text: string): string | undefined => {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d\d)(?::(\d\d))?(?:\.0+)?Z?$/.exec(text);
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d\d) (\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text);
  const [, year, month, day, hour, minute, second = 0] = iso ?? [];
  if (iso) return utc([year, month, day, hour, minute, second].map(Number));
  if (!american) return undefined;
  const [, m, d, y = '', h, min, s = 0] = american;
  return utc([y.length === 2 ? `20${y}` : y, m, d, h, min, s].map(Number));
};

/** RFC 3339, or undefined for a time that no calendar has (Date.UTC would roll it over). */
const utc = (parts: number[]): string | undefined => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const read = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const readTimes = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const exact = [...read, ...readTimes].every((part, index) => part === parts[index]);
  return exact ? date.toISOString() : undefined;
};

/** The file is read as Latin-1, as some copies are; a text whose bytes are UTF-8 is taken as that. */
const latinOrUtf8 = (text: string): string => {
  if (!/[\u0080-\uffff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : text;
};
