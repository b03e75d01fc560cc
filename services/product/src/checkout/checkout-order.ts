import { minorDecimalsOf } from '@souk/contracts/currency.ts';
import { amountMinorMax } from '@souk/contracts/fields.ts';
import type { Order } from '@souk/contracts/orders.ts';
import type { Product } from '../catalogue/product.ts';
import type { OrderItem } from '../orders/order.ts';
import { amountTooLarge, mixedCurrencies } from './checkout-problems.ts';
import type { Offer } from './offer.ts';

/** What a document of an order needs besides its lines. */
export interface OrderingDetails {
  orderUid: string;
  userId: string;
  delivery: Order['delivery'];
  provider: string;
  now: Date;
}

/** The sku by which an item names its product; of a product without one, its id. */
export const itemSkuOf = ({ sku, id }: Product): string => sku ?? id;

/**
 * The order of these lines, as the same document that outside systems send. Throws the problems 409 `mixed_currencies`
 * and `amount_too_large`.
 */
export const orderDocument = (
  lines: Offer['lines'],
  { orderUid, userId, delivery, provider, now }: OrderingDetails,
): Order => {
  const currency = lines[0]?.product.currency ?? '';
  if (lines.some(({ product }) => product.currency !== currency)) throw mixedCurrencies();
  const totalMinor = lines.reduce((sum, { product, quantity }) => sum + quantity * product.priceMinor, 0);
  if (totalMinor > amountMinorMax) throw amountTooLarge();
  const whole = (minor: number) => Math.round(minor / 10 ** minorDecimalsOf(currency));
  const item = ({ product, quantity }: Offer['lines'][number], index: number): OrderItem => ({
    ...{ chrt_id: 0, nm_id: 0, sale: 0, size: '0', status: 202 },
    track_number: orderUid,
    rid: `${orderUid}-${index + 1}`,
    name: product.name,
    brand: product.brand ?? 'none',
    price: whole(product.priceMinor),
    total_price: whole(quantity * product.priceMinor),
    sku: itemSkuOf(product),
    quantity,
    unit_price_minor: product.priceMinor,
  });
  return {
    ...{
      order_uid: orderUid,
      track_number: orderUid,
      entry: 'CHECKOUT',
      locale: 'en',
      internal_signature: '',
    },
    customer_id: userId,
    delivery,
    payment: {
      ...{ transaction: orderUid, request_id: '', bank: 'none', delivery_cost: 0, custom_fee: 0 },
      ...{ currency, provider },
      amount: whole(totalMinor),
      goods_total: whole(totalMinor),
      payment_dt: Math.floor(now.getTime() / 1000),
    },
    items: lines.map(item),
    ...{ delivery_service: 'none', shardkey: '0', sm_id: 0, oof_shard: '0' },
    date_created: now.toISOString(),
  };
};
