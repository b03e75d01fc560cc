import { actAs } from '@souk/service-kit/audit/actor.ts';
import type { Database, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { takeSteps } from '../orders/order-steps.ts';

/** Orders cancelled by one transaction. */
const chunkMax = 100;

export interface UnpaidOrder {
  orderUid: string;
  payUntil: Date;
}

/** The next orders of checkouts, after this one, that should have been paid by now; at most `chunkMax`. */
export const listUnpaid = (db: Database, now: Date, after: UnpaidOrder | undefined): Promise<UnpaidOrder[]> =>
  db.getAll(
    'list_unpaid',
    (sql) => sql<UnpaidOrder[]>`
      select order_uid as "orderUid", pay_until as "payUntil" from orders
      where pay_until <= ${now}
        and (pay_until, order_uid) > (${after?.payUntil ?? new Date(0)}, ${after?.orderUid ?? ''})
      order by pay_until, order_uid limit ${chunkMax}`,
  );

/**
 * Cancels those of these orders that should still have been paid by now, and returns how many. Those that another replica
 * has locked, or a payment that comes at this moment, are passed over.
 */
export const cancelUnpaid = (db: Database, orders: readonly UnpaidOrder[], now: Date): Promise<number> =>
  db.transaction('cancel_unpaid', async (tx) => {
    const rows = await tx<{ orderUid: string }[]>`
      select order_uid as "orderUid" from orders
      where order_uid = any(${orders.map(({ orderUid }) => orderUid)}::text[]) and pay_until <= ${now}
        and status = 'created'
      order by order_uid for update skip locked`;
    await cancel(tx, rows, 'cancelUnpaid');
    return rows.length;
  });

/** Cancels the orders of erased users that were not sent: nobody knows where to any more. */
export const cancelOfErased = async (tx: TransactionSql, userIds: readonly string[]): Promise<void> => {
  const rows = await tx<{ orderUid: string }[]>`
    select order_uid as "orderUid" from checkouts join orders using (order_uid)
    where user_id = any(${userIds}::uuid[]) and status in ('created', 'paid') order by order_uid`;
  await cancel(tx, rows, 'cancelOfErased');
};

/** `action`: as the audit has it, since no request asks for it. */
const cancel = async (
  tx: TransactionSql,
  orders: readonly { orderUid: string }[],
  action: string,
): Promise<void> => {
  if (orders.length === 0) return;
  const steps = orders.map(({ orderUid }) => ({ orderUid, status: 'cancelled' as const }));
  await actAs({ subject: 'product', action, network: '' }, () => takeSteps(tx, steps));
};
