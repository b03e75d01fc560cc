import { newEvent } from '@souk/contracts/new-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { eventRows } from '@souk/service-kit/outbox/event-rows.ts';
import type { Database, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { OrderStatus } from '../orders/order.ts';
import type { Offer } from './offer.ts';

/** Where a checkout stands. */
export interface Checkout {
  orderUid: string;
  userId: string;
  cartVersion: number;
  createdAt: Date;
  /** When its lines had left the cart. */
  clearedAt: Date | null;
  status: OrderStatus;
  currency: string;
  payUntil: Date | null;
  lines: { line: number; product_id: string; sku: string; quantity: number; unit_price_minor: number }[];
}

/** The order whose lines have not left the user's cart, if there is one. */
export const findUncleared = async (tx: TransactionSql, userId: string): Promise<string | undefined> => {
  const [row] = await tx<{ orderUid: string }[]>`
    select order_uid as "orderUid" from checkouts where user_id = ${userId} and cleared_at is null`;
  return row?.orderUid;
};

interface NewCheckout {
  orderUid: string;
  userId: string;
  cartVersion: number;
  lines: Offer['lines'];
  now: Date;
}

/** Writes the checkout of an order that is stored, and the event by which its lines leave the cart. */
export const saveCheckout = async (
  tx: TransactionSql,
  { orderUid, userId, cartVersion, lines, now }: NewCheckout,
  eventId: string,
): Promise<void> => {
  const ordered = lines.map(({ product, quantity }) => ({ product_id: product.id, quantity }));
  const event = newEvent(productUpdates, 'product.checked_out.v1', eventId, {
    product_id: ordered[0]?.product_id ?? '',
    order_uid: orderUid,
    user_id: userId,
    lines: ordered,
    occurred_at: now.toISOString(),
  });
  await tx`
    with saved as (
      insert into checkouts (order_uid, user_id, cart_version, created_at)
      values (${orderUid}, ${userId}, ${cartVersion}, ${now})
    )
    insert into outbox (event_id, type, key, data, traceparent)
    select event_id, type, key, data, traceparent from ${eventRows(tx, [event])}`;
};

/** Undefined when there is no such checkout. */
export const findCheckout = (db: Database, orderUid: string): Promise<Checkout | undefined> =>
  db.get('find_checkout', async (sql) => {
    const [row] = await sql<Checkout[]>`
      select order_uid as "orderUid", user_id as "userId", cart_version as "cartVersion",
        created_at as "createdAt", cleared_at as "clearedAt", status, currency, pay_until as "payUntil", (
          select json_agg(json_build_object('line', line, 'product_id', product_id, 'sku', sku,
            'quantity', quantity, 'unit_price_minor', unit_price_minor) order by line)
          from order_items where order_items.order_uid = orders.order_uid
        ) as lines
      from checkouts join orders using (order_uid) where order_uid = ${orderUid}`;
    return row;
  });
