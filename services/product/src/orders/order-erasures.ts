import type { Order } from '@souk/contracts/orders.ts';
import { eraseAnswers } from '@souk/service-kit/idempotency/idempotent-answers.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { userIdOf } from './order.ts';
import { redactDocument } from './order-redaction.ts';

/** Orders redacted by one statement. */
const chunkMax = 500;

/**
 * Redacts all orders of these users, and those that come later, and erases the answers kept with their data. Doing it again does no harm: who was erased stays
 * erased, and only orders not yet redacted are changed. `userIds` are in lower case.
 */
export const eraseCustomers = async (tx: TransactionSql, userIds: readonly string[]): Promise<void> => {
  // Waits for intakes under way and holds off others: none can store an order between the two steps below.
  await tx`select pg_advisory_xact_lock(${lockKey(tx)})`;
  await tx`
    insert into erased_customers (customer_id)
    select distinct id from unnest(${userIds}::text[]) as id order by id
    on conflict (customer_id) do nothing`;
  let redactedAny = false;
  for (;;) {
    const orders = await lockOrders(tx, userIds);
    if (orders.length === 0) break;
    redactedAny = true;
    await redactOrders(tx, orders);
  }
  if (redactedAny) await tx`update order_redactions set count = count + 1`;
  await eraseAnswers(tx, userIds);
};

/**
 * Which of these customers are erased users, as lower-case ids. Holds erasures off until the transaction ends; take
 * it before any other lock.
 */
export const erasedAmong = async (
  tx: TransactionSql,
  customerIds: readonly string[],
): Promise<ReadonlySet<string>> => {
  const userIds = [...new Set(customerIds.flatMap((id) => userIdOf(id) ?? []))];
  if (userIds.length === 0) return new Set();
  // Sent together. The second has a snapshot of its own, taken with the lock held.
  const [, rows] = await Promise.all([
    tx`select pg_advisory_xact_lock_shared(${lockKey(tx)})`,
    tx<{ customerId: string }[]>`
      select customer_id as "customerId" from erased_customers where customer_id = any(${userIds}::text[])`,
  ]);
  return new Set(rows.map(({ customerId }) => customerId));
};

const lockKey = (tx: TransactionSql) => tx`hashtextextended('souk:erasures:' || current_schema(), 0)`;

interface StoredOrder {
  orderUid: string;
  document: string;
}

/** Some of the orders still to be redacted, in the order of the uids, as every other statement locks them. */
const lockOrders = (tx: TransactionSql, userIds: readonly string[]): Promise<StoredOrder[]> =>
  tx<StoredOrder[]>`
    select order_uid as "orderUid", document from orders
    where lower(customer_id collate "C") = any(${userIds}::text[]) and redacted_at is null
    order by order_uid limit ${chunkMax} for update`;

/** The digest stays that of the order as it came: sent again it is a repeat, and is not stored again. */
const redactOrders = async (tx: TransactionSql, orders: readonly StoredOrder[]): Promise<void> => {
  const uids = orders.map(({ orderUid }) => orderUid);
  const documents = orders.map(({ document }) =>
    JSON.stringify(redactDocument(JSON.parse(document) as Order)),
  );
  await tx`
    with given as (
      select order_uid, document from unnest(${uids}::text[], ${documents}::text[]) as given (order_uid, document)
    ), wordless as (
      update order_changes set reason = null
      from given where order_changes.order_uid = given.order_uid and reason is not null
    )
    update orders set document = given.document, redacted_at = now()
    from given where orders.order_uid = given.order_uid`;
};
