import { stockMax } from '@souk/contracts/fields.ts';
import { newEvent } from '@souk/contracts/new-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { eventRows } from '@souk/service-kit/outbox/event-rows.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { changeProduct } from '../catalogue/product.ts';
import { lockProductsById, saveChanges } from '../catalogue/product-repository.ts';
import { userIdOf } from './order.ts';

/** Before the goods were sent, or after. */
export type TakenBack = 'cancelled' | 'returned';

/** Lines read and published by one statement. */
const chunkMax = 1_000;

interface LinePosition {
  orderUid: string;
  line: number;
}

/** A line of an order of which something is still bought. */
export interface BoughtLine extends LinePosition {
  productId: string;
  /** What is still bought. */
  left: number;
  /** What was taken back before. */
  gone: number;
  stockTaken: number;
  backordered: number;
  unitPriceMinor: number;
  currency: string;
  customerId: string;
  isRedacted: boolean;
  placedAt: Date;
}

/** How many pieces of a line are taken back. */
export interface LineReturn {
  of: BoughtLine;
  quantity: number;
}

/**
 * Takes back all that is left of these orders, which the caller has just cancelled and holds locked. Each line is
 * published as returned, with a higher number than its purchase.
 */
export const takeBackOrders = async (
  tx: TransactionSql,
  orderUids: readonly string[],
  now: Date,
): Promise<void> => {
  const rows = await tx<{ productId: string; pieces: number }[]>`
    select product_id as "productId", sum(stock_taken
      - least(stock_taken, greatest(cancelled_quantity + returned_quantity - backordered_quantity, 0)))::bigint as pieces
    from order_items where order_uid = any(${orderUids}::text[]) and stock_taken > 0 group by product_id`;
  await giveBack(tx, new Map(rows.map(({ productId, pieces }) => [productId, pieces])), now);
  let after: LinePosition | undefined = { orderUid: '', line: 0 };
  while (after) {
    const lines: BoughtLine[] = await readLines(tx, orderUids, after);
    if (lines.length > 0) await publishReturns(tx, lines.map(inFull), 'cancelled', now);
    after = lines.length === chunkMax ? lines.at(-1) : undefined;
  }
};

/** Takes back these pieces of one order, which the caller holds locked. */
export const takeBackLines = async (
  tx: TransactionSql,
  returns: readonly LineReturn[],
  kind: TakenBack,
  now: Date,
): Promise<void> => {
  const pieces = new Map<string, number>();
  for (const { of, quantity } of returns) {
    const back = stockBack(of, of.gone + quantity) - stockBack(of, of.gone);
    pieces.set(of.productId, (pieces.get(of.productId) ?? 0) + back);
  }
  await giveBack(tx, pieces, now);
  await publishReturns(tx, returns, kind, now);
};

export const inFull = (line: BoughtLine): LineReturn => ({ of: line, quantity: line.left });

/** The lines of these orders of which something is left, by uid and line; at most `chunkMax`. */
export const readLines = (
  tx: TransactionSql,
  orderUids: readonly string[],
  after: LinePosition = { orderUid: '', line: 0 },
): Promise<BoughtLine[]> =>
  tx<BoughtLine[]>`
    select order_uid as "orderUid", line, product_id as "productId",
      quantity - cancelled_quantity - returned_quantity as left, cancelled_quantity + returned_quantity as gone,
      stock_taken as "stockTaken", backordered_quantity as backordered, unit_price_minor as "unitPriceMinor",
      currency, customer_id as "customerId", redacted_at is not null as "isRedacted", placed_at as "placedAt"
    from order_items join orders using (order_uid)
    where order_uid = any(${orderUids}::text[]) and (order_uid, line) > (${after.orderUid}, ${after.line})
      and cancelled_quantity + returned_quantity < quantity
    order by order_uid, line limit ${chunkMax}`;

/** What the stock has back when so many pieces are gone: first go those that it had not. */
const stockBack = ({ stockTaken, backordered }: BoughtLine, gone: number): number =>
  Math.min(stockTaken, Math.max(gone - backordered, 0));

/** Raises the stock of the products that are still there and still limited. */
const giveBack = async (
  tx: TransactionSql,
  pieces: ReadonlyMap<string, number>,
  now: Date,
): Promise<void> => {
  const productIds = [...pieces].flatMap(([productId, count]) => (count > 0 ? productId : []));
  if (productIds.length === 0) return;
  const changes = (await lockProductsById(tx, productIds)).flatMap((product) => {
    if (product.stock === null) return [];
    const stock = Math.min(product.stock + (pieces.get(product.id) as number), stockMax);
    return changeProduct(product, { stock }, { eventId: uuidv7(), now }) ?? [];
  });
  if (changes.length > 0) await saveChanges(tx, changes);
};

const publishReturns = async (
  tx: TransactionSql,
  returns: readonly LineReturn[],
  kind: TakenBack,
  now: Date,
): Promise<void> => {
  const events = returns.map((one) => returnEvent(one, kind, now));
  await tx`
    with taken as (
      update order_items set
        cancelled_quantity = cancelled_quantity + case when ${kind} = 'cancelled' then taken.quantity else 0 end,
        returned_quantity = returned_quantity + case when ${kind} = 'returned' then taken.quantity else 0 end
      from unnest(
        ${returns.map(({ of }) => of.orderUid)}::text[], ${returns.map(({ of }) => of.line)}::integer[],
        ${returns.map(({ quantity }) => quantity)}::integer[]
      ) as taken (order_uid, line, quantity)
      where order_items.order_uid = taken.order_uid and order_items.line = taken.line
    )
    insert into outbox (event_id, type, key, data, traceparent)
    select event_id, type, key, data, traceparent from ${eventRows(tx, events)} order by position`;
};

const returnEvent = ({ of, quantity }: LineReturn, kind: TakenBack, now: Date) =>
  newEvent(productUpdates, 'product.returned.v1', uuidv7(), {
    product_id: of.productId,
    order_uid: of.orderUid,
    line: of.line,
    user_id: of.isRedacted ? null : userIdOf(of.customerId),
    quantity,
    remaining_quantity: of.left - quantity,
    unit_price_minor: of.unitPriceMinor,
    currency: of.currency,
    reason: kind,
    purchased_at: of.placedAt.toISOString(),
    occurred_at: now.toISOString(),
  });
