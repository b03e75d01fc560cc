import { createHash } from 'node:crypto';
import { type Order, orderItemsMax } from '@souk/contracts/orders.ts';
import type { Purchase } from './retail-line.ts';

const minorPerUnit = 100;
/** What an order must say and the file does not. */
const unknown = 'unknown';
/** So that an order with as many lines as it may have stays below the largest document. */
const nameLengthMax = 200;

export interface RetailCustomer {
  /** The user's. */
  id: string;
  name: string;
  email: string;
}

/**
 * The order documents of one customer's invoice: one with the invoice's number, or several when it has more lines than
 * an order may. They depend on these lines and on the customer's id alone, so that repeating an import repeats them,
 * in another file as well; equal lines are items of their own, told apart by their rid. The exact price is in
 * unit_price_minor, since prices are whole units. `isShared`: the number has been given to another customer's.
 */
export const orderDocuments = (
  lines: readonly Purchase[],
  customer: RetailCustomer,
  { currency, isShared = false }: { currency: string; isShared?: boolean },
): Order[] => {
  const parts: Order[] = [];
  for (let from = 0; from < lines.length; from += orderItemsMax) {
    const part = lines.slice(from, from + orderItemsMax);
    const uid = uidOf(part[0] as Purchase, { isShared, part: parts.length + 1 });
    parts.push(orderDocument(uid, part, customer, currency));
  }
  return parts;
};

const orderDocument = (
  uid: string,
  lines: readonly Purchase[],
  customer: RetailCustomer,
  currency: string,
): Order => {
  const [placedAt = ''] = lines.map(({ occurredAt }) => occurredAt).toSorted();
  const goods = wholeUnits(lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0));
  return {
    order_uid: uid,
    track_number: uid,
    entry: 'online-retail',
    delivery: {
      name: customer.name,
      phone: unknown,
      zip: unknown,
      city: unknown,
      address: unknown,
      region: unknown,
      email: customer.email,
    },
    payment: {
      transaction: uid,
      request_id: '',
      currency,
      provider: unknown,
      amount: goods,
      payment_dt: Math.floor(Date.parse(placedAt) / 1_000),
      bank: unknown,
      delivery_cost: 0,
      goods_total: goods,
      custom_fee: 0,
    },
    items: lines.map((line, index) => ({
      chrt_id: numberOf(line.stockCode),
      track_number: uid,
      price: wholeUnits(line.unitPriceMinor),
      rid: `${uid}-${index + 1}`,
      name: nameOf(line),
      sale: 0,
      size: '0',
      total_price: wholeUnits(line.quantity * line.unitPriceMinor),
      nm_id: numberOf(line.stockCode),
      brand: unknown,
      status: 202,
      sku: line.stockCode,
      quantity: line.quantity,
      unit_price_minor: line.unitPriceMinor,
    })),
    locale: 'en',
    internal_signature: '',
    customer_id: customer.id,
    delivery_service: unknown,
    shardkey: '1',
    sm_id: 1,
    date_created: placedAt,
    oof_shard: '1',
  };
};

/** Nothing that is appended can make one invoice's number another's: those have neither `-` nor `_`. */
const uidOf = (
  { invoice, customer }: Purchase,
  { isShared, part }: { isShared: boolean; part: number },
): string => {
  const number = /^[A-Za-z0-9]{1,30}$/.test(invoice)
    ? invoice
    : createHash('sha256').update(invoice).digest('hex').slice(0, 31);
  return `${number}${isShared ? `-${customer}` : ''}${part > 1 ? `_${part}` : ''}`;
};

/** Of the line alone: another line's description may change as a file grows, and what was sent must not. */
const nameOf = ({ description, stockCode }: Purchase): string =>
  [...description].slice(0, nameLengthMax).join('') || stockCode;

const wholeUnits = (minor: number): number => Math.round(minor / minorPerUnit);

/** A number that stands for a stock code, the same in every import. */
const numberOf = (stockCode: string): number =>
  createHash('sha256').update(stockCode).digest().readUInt32BE(0);
