import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { notePaidOtherwise, noteRefundsDue } from '../payments/balance.ts';
import { type OrderStatus, orderSteps } from './order.ts';
import { takeBackOrders } from './order-returns.ts';

/** A step asked for; each order at most once in a call. */
export interface Step {
  orderUid: string;
  status: OrderStatus;
  /** The only version that may take it. */
  expectedVersion?: number | undefined;
}

export type StepOutcome =
  | { outcome: 'moved' | 'unchanged' }
  | { outcome: 'order_not_found' }
  | { outcome: 'impossible_step'; before: OrderStatus }
  | { outcome: 'version_mismatch'; version: number };

/**
 * Takes the possible ones of these steps, all in one statement, and gives the outcome of each. Cancelled orders give
 * back what they took of the stock, and their lines are published as returned, in the same transaction. What paid ones
 * have not received by messages of providers counts as received in another way. A status that
 * an order has already is no step.
 */
export const takeSteps = async (tx: TransactionSql, steps: readonly Step[]): Promise<StepOutcome[]> => {
  const now = new Date();
  // What is noted of cancelled orders must be read with a snapshot taken after their locks.
  if (steps.some(({ status }) => status === 'cancelled'))
    await tx`
      select from orders where order_uid = any(${steps.map(({ orderUid }) => orderUid)}::text[])
      order by order_uid for update`;
  const results = await moveOrders(tx, steps, now);
  const outcomes = steps.map((step, index) => outcomeOf(step, results[index] as MoveResult));
  const movedTo = (wanted: OrderStatus) =>
    steps.flatMap(({ orderUid, status }, index) =>
      status === wanted && outcomes[index]?.outcome === 'moved' ? orderUid : [],
    );
  const [paid, cancelled] = [movedTo('paid'), movedTo('cancelled')];
  if (paid.length > 0) await notePaidOtherwise(tx, paid, now);
  if (cancelled.length > 0) {
    await takeBackOrders(tx, cancelled, now);
    await noteRefundsDue(tx, cancelled, now);
  }
  return outcomes;
};

interface MoveResult {
  /** Null when there is no such order. */
  before: OrderStatus | null;
  version: number | null;
  moved: boolean;
}

const outcomeOf = (step: Step, { before, version, moved }: MoveResult): StepOutcome => {
  if (before === null || version === null) return { outcome: 'order_not_found' };
  if (moved) return { outcome: 'moved' };
  if (step.expectedVersion !== undefined && step.expectedVersion !== version)
    return { outcome: 'version_mismatch', version };
  return before === step.status ? { outcome: 'unchanged' } : { outcome: 'impossible_step', before };
};

/** In the order of the uids, as takeOrders inserts. What is locked is read as its last committed version. */
const moveOrders = async (tx: TransactionSql, steps: readonly Step[], now: Date): Promise<MoveResult[]> => tx<
  MoveResult[]
>`
    with given as (
      select order_uid, status, version, position
      from unnest(
        ${steps.map(({ orderUid }) => orderUid)}::text[],
        ${steps.map(({ status }) => status)}::text[],
        ${steps.map(({ expectedVersion }) => expectedVersion ?? null)}::bigint[]
      ) with ordinality as given (order_uid, status, version, position)
    ), possible as (
      select before, after
      from unnest(
        ${orderSteps.map(({ from }) => from)}::text[], ${orderSteps.map(({ to }) => to)}::text[]
      ) as possible (before, after)
    ), held as (
      select order_uid, status, version from orders
      where order_uid in (select order_uid from given) order by order_uid for update
    ), moved as (
      update orders set status = given.status, version = held.version + 1, updated_at = ${now}, pay_until = null
      from given
        join held on held.order_uid = given.order_uid
        join possible on possible.before = held.status and possible.after = given.status
      where orders.order_uid = held.order_uid
        and (given.version is null or given.version = held.version)
      returning orders.order_uid, orders.version, orders.status
    ), noted as (
      insert into order_changes (order_uid, version, status, happened_at, taken_back, lines)
      select order_uid, version, status, ${now},
        case when status = 'cancelled' then 'cancelled' end, case when status = 'cancelled' then (
          select jsonb_agg(jsonb_build_object('line', line,
            'quantity', quantity - cancelled_quantity - returned_quantity) order by line)
          from order_items
          where order_items.order_uid = moved.order_uid and cancelled_quantity + returned_quantity < quantity
        ) end
      from moved
    ), audited as (${auditRows(tx, tx`select order_uid from moved`)})
    select held.status as before, held.version, moved.order_uid is not null as moved
    from given
      left join held on held.order_uid = given.order_uid
      left join moved on moved.order_uid = given.order_uid
    order by given.position`;
