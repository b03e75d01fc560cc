import type { Database } from '@souk/service-kit/postgres/database.ts';

/** Why an order does not go on by itself. */
export type StuckReason = 'cart_not_cleared' | 'unpaid_overdue' | 'refund_due' | 'not_sent';

export interface StuckOrder {
  orderUid: string;
  reason: StuckReason;
  since: Date;
  currency: string;
  /** Of a refund, what is due; else null. */
  amountMinor: number | null;
}

/** What has been so for longer than it should be; at most `limit`, the longest first. */
export const listStuckOrders = (db: Database, now: Date, limit: number): Promise<StuckOrder[]> =>
  db.getAll('list_stuck_orders', (sql) => {
    const before = (ms: number) => new Date(now.getTime() - ms);
    return sql<StuckOrder[]>`
      select order_uid as "orderUid", reason, since, currency, due as "amountMinor" from (
        select order_uid, 'cart_not_cleared' as reason, created_at as since, currency, null::bigint as due
        from checkouts join orders using (order_uid)
        where cleared_at is null and created_at < ${before(minuteMs)}
        union all
        select order_uid, 'unpaid_overdue', pay_until, currency, null from orders where pay_until < ${before(minuteMs)}
        union all
        select order_uid, 'refund_due', since, currency, amount_minor from refunds_due join orders using (order_uid)
        union all
        select order_uid, 'not_sent', updated_at, currency, null from orders
        where status = 'paid' and updated_at < ${before(sendWithinMs)}
      ) as stuck
      order by since, order_uid limit ${limit}`;
  });

const minuteMs = 60_000;
/** A paid order should be on its way by then. */
const sendWithinMs = 3 * 86_400_000;
