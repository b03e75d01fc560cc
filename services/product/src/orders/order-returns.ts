import { newEvent } from '@souk/contracts/new-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { eventRows } from '@souk/service-kit/outbox/event-rows.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { userIdOf } from './order.ts';

/** Lines read and published by one statement. */
const chunkMax = 1_000;

/**
 * Publishes `product.returned.v1` for every line of these orders, which the caller has just cancelled and holds locked:
 * so each line once, with a higher number than its purchase.
 */
export const publishReturns = async (
  tx: TransactionSql,
  orderUids: readonly string[],
  now: Date,
): Promise<void> => {
  let after: LinePosition | undefined = { orderUid: '', line: 0 };
  while (after) {
    const lines: BoughtLine[] = await readLines(tx, orderUids, after);
    const events = lines.map((line) => cancelledLine(line, now));
    await tx`
      insert into outbox (event_id, type, key, data, traceparent)
      select event_id, type, key, data, traceparent from ${eventRows(tx, events)} order by position`;
    after = lines.length === chunkMax ? lines.at(-1) : undefined;
  }
};

interface LinePosition {
  orderUid: string;
  line: number;
}

interface BoughtLine extends LinePosition {
  productId: string;
  quantity: number;
  unitPriceMinor: number;
  currency: string;
  customerId: string;
  isRedacted: boolean;
  placedAt: Date;
}

const readLines = (
  tx: TransactionSql,
  orderUids: readonly string[],
  after: LinePosition,
): Promise<BoughtLine[]> =>
  tx<BoughtLine[]>`
    select order_uid as "orderUid", line, product_id as "productId", quantity, unit_price_minor as "unitPriceMinor",
      currency, customer_id as "customerId", redacted_at is not null as "isRedacted", placed_at as "placedAt"
    from order_items join orders using (order_uid)
    where order_uid = any(${orderUids as string[]}::text[]) and (order_uid, line) > (${after.orderUid}, ${after.line})
    order by order_uid, line limit ${chunkMax}`;

const cancelledLine = (line: BoughtLine, now: Date) =>
  newEvent(productUpdates, 'product.returned.v1', uuidv7(), {
    product_id: line.productId,
    order_uid: line.orderUid,
    line: line.line,
    user_id: line.isRedacted ? null : userIdOf(line.customerId),
    quantity: line.quantity,
    remaining_quantity: 0,
    unit_price_minor: line.unitPriceMinor,
    currency: line.currency,
    reason: 'cancelled',
    purchased_at: line.placedAt.toISOString(),
    occurred_at: now.toISOString(),
  });
