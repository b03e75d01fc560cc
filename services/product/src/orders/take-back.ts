import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { type ProblemError, problem } from '@souk/service-kit/problem.ts';
import { isCovered, noteRefundsDue } from '../payments/balance.ts';
import type { OrderStatus } from './order.ts';
import { orderNotFound } from './order-problems.ts';
import {
  type BoughtLine,
  inFull,
  type LineReturn,
  readLines,
  type TakenBack,
  takeBackLines,
} from './order-returns.ts';
import { takeSteps } from './order-steps.ts';

export interface TakeBack {
  orderUid: string;
  kind: TakenBack;
  /** Pieces of lines; all that is left when it is not given. */
  items?: readonly { line: number; quantity?: number | undefined }[] | undefined;
  reason?: string | undefined;
  /** The same again changes nothing. */
  id?: string | undefined;
}

/** In which statuses it is possible: what is on its way has to come back first. */
const possibleIn: Record<TakenBack, readonly OrderStatus[]> = {
  cancelled: ['created', 'paid'],
  returned: ['shipped', 'delivered'],
};

/**
 * Takes back pieces of one order, whole or in part, within the caller's transaction: the stock gets back what the order
 * took of it, and the events say so. An order of which nothing is left before it was sent is cancelled. Throws the
 * problems 404 `order_not_found` and 409 `already_sent`, `not_sent`, `more_than_left`.
 */
export const takeBack = async (
  tx: TransactionSql,
  { orderUid, kind, items, reason, id }: TakeBack,
  now: Date,
): Promise<void> => {
  const [order] = await tx<{ status: OrderStatus; version: number; isRedacted: boolean }[]>`
    select status, version, redacted_at is not null as "isRedacted" from orders where order_uid = ${orderUid} for update`;
  if (!order) throw orderNotFound();
  if (id !== undefined && (await isNoted(tx, orderUid, id))) return;
  if (!possibleIn[kind].includes(order.status)) throw notNow(kind, order.status);
  const lines = await readLines(tx, [orderUid]);
  const returns = items === undefined ? lines.map(inFull) : returnsOf(lines, items);
  if (returns.length === 0) throw moreThanLeft([]);
  await takeBackLines(tx, returns, kind, now);
  const count = (of: readonly { left: number }[]) => of.reduce((sum, { left }) => sum + left, 0);
  const isAll = returns.reduce((sum, { quantity }) => sum + quantity, 0) === count(lines);
  const status = kind === 'cancelled' && isAll ? 'cancelled' : order.status;
  const taken = returns.map(({ of, quantity }) => ({ line: of.line, quantity }));
  await tx`
    with moved as (
      update orders set status = ${status}, version = version + 1, updated_at = ${now},
        pay_until = case when ${status} = 'created' then pay_until end
      where order_uid = ${orderUid} returning order_uid, version
    ), audited as (${auditRows(tx, tx`select order_uid from moved`)})
    insert into order_changes (order_uid, version, status, happened_at, taken_back, lines, reason, change_id)
    select ${orderUid}, version, ${status}, ${now}, ${kind}, ${JSON.stringify(taken)}::text::jsonb,
      ${order.isRedacted ? null : (reason ?? null)}, ${id ?? null}
    from moved`;
  // What came in before may be all that is due now.
  if (kind === 'cancelled' && status === 'created' && (await isCovered(tx, orderUid)))
    await takeSteps(tx, [{ orderUid, status: 'paid' }]);
  await noteRefundsDue(tx, [orderUid], now);
};

const isNoted = async (tx: TransactionSql, orderUid: string, id: string): Promise<boolean> => {
  const rows = await tx`select from order_changes where order_uid = ${orderUid} and change_id = ${id}`;
  return rows.length > 0;
};

/** Throws the problem 409 `more_than_left` that names every item of which there is not so much. */
const returnsOf = (lines: readonly BoughtLine[], items: NonNullable<TakeBack['items']>): LineReturn[] => {
  const byLine = new Map(lines.map((line) => [line.line, line]));
  const met = new Set<number>();
  const wrong: number[] = [];
  const returns = items.flatMap(({ line, quantity }, index) => {
    const of = byLine.get(line);
    const isWrong = !of || met.has(line) || (quantity ?? 0) > of.left;
    met.add(line);
    if (isWrong) wrong.push(index);
    return isWrong ? [] : [{ of, quantity: quantity ?? of.left }];
  });
  if (wrong.length > 0) throw moreThanLeft(wrong);
  return returns;
};

const notNow = (kind: TakenBack, status: OrderStatus): ProblemError =>
  kind === 'cancelled' && (status === 'shipped' || status === 'delivered')
    ? problem(409, 'already_sent', `an order that is ${status} is returned, not cancelled`)
    : problem(409, kind === 'cancelled' ? 'nothing_left' : 'not_sent', `this order is ${status}`);

const moreThanLeft = (indexes: readonly number[]): ProblemError =>
  problem(409, 'more_than_left', 'there is not so much left of the order', {
    errors: indexes.map((index) => ({
      field: `items/${index}`,
      message: 'is more than is left of the line',
    })),
  });
