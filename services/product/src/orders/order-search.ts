import {
  constantFragment,
  type Database,
  type Fragment,
  type Sql,
} from '@souk/service-kit/postgres/database.ts';
import type { OrderStatus } from './order.ts';

/** What a list shows of an order. */
export interface OrderSummary {
  orderUid: string;
  customerId: string;
  trackNumber: string;
  status: OrderStatus;
  backordered: boolean;
  version: number;
  /** Whole units of `currency`. */
  amount: number;
  currency: string;
  itemCount: number;
  dateCreated: Date;
  placedAt: Date;
  receivedAt: Date;
  updatedAt: Date;
  /** Null, unless the customer was erased. */
  redactedAt: Date | null;
}

/** Where an order stands, and what each item got. */
export interface OrderState {
  orderUid: string;
  status: OrderStatus;
  backordered: boolean;
  version: number;
  updatedAt: Date;
  receivedAt: Date;
  payUntil: Date | null;
  items: {
    line: number;
    sku: string;
    product_id: string;
    quantity: number;
    backordered_quantity: number;
    cancelled_quantity: number;
    returned_quantity: number;
  }[];
  changes: OrderChange[];
}

/** What happened to an order since it came. */
export interface OrderChange {
  version: number;
  status: OrderStatus;
  /** RFC 3339. */
  at: string;
  taken_back: 'cancelled' | 'returned' | null;
  items: { line: number; quantity: number }[] | null;
  reason: string | null;
}

/** The values of the last row before a page: placed and received in Unix milliseconds, uid. */
export type OrderPosition = [placedMs: number, receivedMs: number, orderUid: string];

export interface OrderFilter {
  customerId?: string | undefined;
  status?: OrderStatus | undefined;
}

export interface StoredDocument {
  orderUid: string;
  document: string;
}

export const orderSearch = (db: Database) => ({
  /** The document exactly as it came; undefined when there is none. */
  document: (orderUid: string): Promise<string | undefined> =>
    db.get('find_order_document', async (sql) => {
      const [row] = await sql<{ document: string }[]>`
        select document from orders where order_uid = ${orderUid}`;
      return row?.document;
    }),

  /** The documents of the newest orders, newest first: as many as fit both limits. */
  newestDocuments: ({ entriesMax, bytesMax }: { entriesMax: number; bytesMax: number }) =>
    db.getAll(
      'list_newest_order_documents',
      (sql) => sql<StoredDocument[]>`
        select order_uid as "orderUid", document from (
          select order_uid, document, placed_at, received_at,
            sum(octet_length(document)) over (order by placed_at desc, received_at desc, order_uid desc) as bytes
          from (
            select order_uid, document, placed_at, received_at from orders
            order by placed_at desc, received_at desc, order_uid desc limit ${entriesMax}
          ) as newest
        ) as counted
        where bytes <= ${bytesMax}
        order by placed_at desc, received_at desc, order_uid desc`,
    ),

  summary: (orderUid: string): Promise<OrderSummary | undefined> =>
    db.get('find_order', async (sql) => {
      const [row] = await sql<OrderSummary[]>`
        select ${summaryColumns(sql)} from orders where order_uid = ${orderUid}`;
      return row;
    }),

  state: (orderUid: string): Promise<OrderState | undefined> =>
    db.get('find_order_state', async (sql) => {
      const [row] = await sql<OrderState[]>`
        select order_uid as "orderUid", status, backordered, version, updated_at as "updatedAt",
          received_at as "receivedAt", pay_until as "payUntil", (
          select json_agg(json_build_object('line', line, 'sku', sku, 'product_id', product_id,
            'quantity', quantity, 'backordered_quantity', backordered_quantity,
            'cancelled_quantity', cancelled_quantity, 'returned_quantity', returned_quantity) order by line)
          from order_items where order_items.order_uid = orders.order_uid
        ) as items, coalesce((
          select json_agg(json_build_object('version', version, 'status', status,
            'at', to_char(happened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'taken_back', taken_back, 'items', lines, 'reason', reason) order by version)
          from order_changes where order_changes.order_uid = orders.order_uid
        ), '[]') as changes
        from orders where order_uid = ${orderUid}`;
      return row;
    }),

  /** The orders of a page and one more, newest first. */
  list: (
    { customerId, status }: OrderFilter,
    { limit, after }: { limit: number; after?: OrderPosition | undefined },
  ): Promise<OrderSummary[]> =>
    db.getAll(
      'list_orders',
      (sql) => sql<OrderSummary[]>`
        select ${summaryColumns(sql)} from orders
        where true
          ${customerId === undefined ? sql`` : isOfCustomer(sql, customerId)}
          ${status === undefined ? sql`` : sql`and status = ${status}`}
          ${after === undefined ? sql`` : sql`and ${isBehind(sql, after)}`}
        order by placed_at desc, received_at desc, order_uid desc limit ${limit + 1}`,
    ),

  count: (): Promise<number> =>
    db.get('count_orders', async (sql) => {
      const [row] = await sql<[{ count: number }]>`select count(*) as count from orders`;
      return row.count;
    }),
});

export const positionOf = ({ placedAt, receivedAt, orderUid }: OrderSummary): OrderPosition => [
  placedAt.getTime(),
  receivedAt.getTime(),
  orderUid,
];

/** By the index that finds the orders of a user in any writing. */
const isOfCustomer = (sql: Sql, customerId: string): Fragment => sql`
  and lower(customer_id collate "C") = lower(${customerId}::text collate "C") and customer_id = ${customerId}`;

const isBehind = (sql: Sql, [placedMs, receivedMs, orderUid]: OrderPosition): Fragment => sql`
  (placed_at, received_at, order_uid) <
    (${new Date(placedMs)}::timestamptz, ${new Date(receivedMs)}::timestamptz, ${orderUid}::text)`;

const summaryColumns = constantFragment(
  (sql) => sql`
  order_uid as "orderUid", customer_id as "customerId", track_number as "trackNumber", status, backordered,
  version, amount, currency, item_count as "itemCount", date_created as "dateCreated",
  placed_at as "placedAt", received_at as "receivedAt", updated_at as "updatedAt", redacted_at as "redactedAt"`,
);
