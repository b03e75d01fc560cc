import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import { eventRows } from '@souk/service-kit/outbox/event-rows.ts';
import type { Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { dateCreated, placedAt, quantityOf, type ReceivedOrder, skuOf, unitPaidMinor } from './order.ts';
import type { PlacedItem, Placement } from './order-placement.ts';

export interface DigestedOrder extends ReceivedOrder {
  digest: Buffer;
}

/**
 * Inserts the orders whose uid is not taken, each uid given once, and returns the uids of those. Waits for
 * transactions that insert the same uids; in the order of the uids, so never in a deadlock.
 */
export const insertOrders = async (
  tx: TransactionSql,
  orders: readonly DigestedOrder[],
): Promise<Set<string>> => {
  const rows = orders.map(orderRow);
  const inserted = await tx<{ orderUid: string }[]>`
    with inserted as (
    insert into orders (order_uid, customer_id, track_number, status, version, backordered, amount, currency,
      item_count, date_created, placed_at, received_at, updated_at, digest, document, redacted_at, pay_until)
    select order_uid, customer_id, track_number, 'created', 1, false, amount, currency,
      item_count, date_created, placed_at, received_at, received_at, digest, document, redacted_at, pay_until
    from json_populate_recordset(null::orders, ${JSON.stringify(rows)}::text::json)
    order by order_uid
    on conflict (order_uid) do nothing
    returning order_uid
    ), audited as (${auditRows(tx, tx`select order_uid from inserted`)})
    select order_uid as "orderUid" from inserted`;
  return new Set(inserted.map(({ orderUid }) => orderUid));
};

const orderRow = (order: DigestedOrder) => {
  const { order_uid, customer_id, track_number, payment, items } = order.document;
  return {
    order_uid,
    customer_id,
    track_number,
    amount: payment.amount,
    currency: payment.currency,
    item_count: items.length,
    date_created: dateCreated(order),
    placed_at: placedAt(order),
    received_at: order.receivedAt,
    digest: `\\x${order.digest.toString('hex')}`,
    document: order.text,
    redacted_at: order.redactedAt,
    pay_until: order.payUntil,
  };
};

/** The digests of stored orders, by uid. */
export const readDigests = async (
  sql: Sql | TransactionSql,
  uids: readonly string[],
): Promise<Map<string, Buffer>> => {
  const rows = await sql<{ orderUid: string; digest: Buffer }[]>`
    select order_uid as "orderUid", digest from orders where order_uid = any(${uids}::text[])`;
  return new Map(rows.map(({ orderUid, digest }) => [orderUid, digest]));
};

/**
 * Writes what belongs to inserted orders: what each item got, the mark of those that lack something, and the events of
 * the purchases, whose products the transaction holds locked.
 */
export const savePlacement = async (
  tx: TransactionSql,
  orders: readonly ReceivedOrder[],
  { items, backorderedUids, purchases }: Placement,
): Promise<void> => {
  const currencies = new Map(orders.map(({ document }) => [document.order_uid, document.payment.currency]));
  await tx`
    with items as (
      insert into order_items (order_uid, line, product_id, sku, quantity, unit_price_minor, stock_taken,
        backordered_quantity)
      select order_uid, line, product_id, sku, quantity, unit_price_minor, stock_taken, backordered_quantity
      from json_populate_recordset(null::order_items, ${JSON.stringify(items.map(itemRow(currencies)))}::text::json)
    ), marked as (
      update orders set backordered = true where order_uid = any(${backorderedUids}::text[])
    )
    insert into outbox (event_id, type, key, data, traceparent)
    select event_id, type, key, data, traceparent from ${eventRows(tx, purchases)} order by position`;
};

const itemRow =
  (currencies: ReadonlyMap<string, string>) =>
  ({ orderUid, line, item, productId, taken, backordered }: PlacedItem) => ({
    order_uid: orderUid,
    line,
    product_id: productId,
    sku: skuOf(item),
    quantity: quantityOf(item),
    unit_price_minor: unitPaidMinor(item, currencies.get(orderUid) as string),
    stock_taken: taken,
    backordered_quantity: backordered,
  });
