import { createHash } from 'node:crypto';
import { type Order, orderItemsMax } from '@souk/contracts/orders.ts';
import type { Purchase } from './retail-line.ts';

/** A purchase with its product's name in the file. */
export interface OrderLine extends Purchase {
  name: string;
}

const minorPerUnit = 100;
/** What an order must say and the file does not. */
const unknown = 'unknown';

/**
 * The order documents of one customer's invoice: one, or several when it has more lines than an order may. They
 * depend on the file and on the customer's id alone, so that repeating an import repeats them; equal lines are items
 * of their own, told apart by their rid. The exact price is in unit_price_minor, since prices are whole units.
 */
export const orderDocuments = (
  lines: readonly OrderLine[],
  customer: { id: string; name: string; email: string },
  currency: string,
): Order[] => {
  const parts: Order[] = [];
  for (let from = 0; from < lines.length; from += orderItemsMax)
    parts.push(orderDocument(lines.slice(from, from + orderItemsMax), parts.length + 1, customer, currency));
  return parts;
};

const orderDocument = (
  lines: readonly OrderLine[],
  part: number,
  customer: { id: string; name: string; email: string },
  currency: string,
): Order => {
  const [first] = lines as [OrderLine];
  const uid = uidOf(first, part);
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
      payment_dt: Math.floor(Date.parse(first.occurredAt) / 1_000),
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
      name: line.name,
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
    date_created: first.occurredAt,
    oof_shard: '1',
  };
};

const uidOf = ({ invoice, customer }: Purchase, part: number): string => {
  const safe = /^[A-Za-z0-9_]{1,30}$/.test(invoice)
    ? invoice
    : createHash('sha256').update(invoice).digest('hex').slice(0, 30);
  return `${safe}-${customer}${part > 1 ? `-${part}` : ''}`;
};

const wholeUnits = (minor: number): number => Math.round(minor / minorPerUnit);

/** A number that stands for a stock code, the same in every import. */
const numberOf = (stockCode: string): number =>
  createHash('sha256').update(stockCode).digest().readUInt32BE(0);
