import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { problem } from '@souk/service-kit/problem.ts';
import type { OrderStatus } from '../orders/order.ts';
import { orderNotFound } from '../orders/order-problems.ts';
import { takeSteps } from '../orders/order-steps.ts';
import { isCovered, noteRefundsDue } from './balance.ts';

export interface PaymentMessage {
  provider: string;
  /** The provider's own: the same again is a repeat. */
  id: string;
  orderUid: string;
  kind: 'succeeded' | 'failed' | 'refunded';
  amountMinor: number;
  currency: string;
  occurredAt: Date;
}

export interface PaymentOutcome {
  outcome: 'applied' | 'repeated';
  /** Of the order, afterwards. */
  status: OrderStatus;
}

/**
 * Notes what a provider told of an order, once, within the caller's transaction, and moves the order to `paid` when what
 * came in covers what is left of it. The order of the messages does not matter: each is added to what was told before,
 * and one that comes after the order was cancelled leaves a refund due. Throws the problems 404 `order_not_found` and
 * 409 `wrong_currency` and `message_id_reused`.
 */
export const takePayment = async (
  tx: TransactionSql,
  { provider, id, orderUid, kind, amountMinor, currency, occurredAt }: PaymentMessage,
  now: Date,
): Promise<PaymentOutcome> => {
  const [order] = await tx<{ status: OrderStatus; currency: string }[]>`
    select status, currency from orders where order_uid = ${orderUid} for update`;
  if (!order) throw orderNotFound();
  if (order.currency !== currency)
    throw problem(409, 'wrong_currency', `this order is paid in ${order.currency}`);
  const noted = await tx`
    with noted as (
      insert into payment_messages (provider, message_id, order_uid, kind, amount_minor, occurred_at, received_at)
      values (${provider}, ${id}, ${orderUid}, ${kind}, ${amountMinor}, ${occurredAt}, ${now})
      on conflict (provider, message_id) do nothing returning order_uid
    ), audited as (${auditRows(tx, tx`select order_uid from noted`)})
    select order_uid from noted`;
  if (noted.length === 0) {
    const [same] = await tx`
      select from payment_messages where provider = ${provider} and message_id = ${id}
        and order_uid = ${orderUid} and kind = ${kind} and amount_minor = ${amountMinor}`;
    if (!same) throw problem(409, 'message_id_reused', 'another message had this id');
    return { outcome: 'repeated', status: order.status };
  }
  const isPaid = order.status === 'created' && kind === 'succeeded' && (await isCovered(tx, orderUid));
  if (isPaid) await takeSteps(tx, [{ orderUid, status: 'paid' }]);
  await noteRefundsDue(tx, [orderUid], now);
  return { outcome: 'applied', status: isPaid ? 'paid' : order.status };
};
