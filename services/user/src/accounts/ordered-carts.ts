import { eventRows, type NewEvent } from '@souk/service-kit/outbox/event-rows.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { type Account, type CheckedOut, takeOutOrdered } from './account.ts';
import { accountColumns } from './account-repository.ts';

/**
 * Takes these checkouts out of the carts of their users, one after the other, each with its event. Of a user who is
 * gone there is nothing to do. Locks users in the order of their ids, so any number may run at once.
 */
export const takeOutOfCarts = async (
  tx: TransactionSql,
  checkouts: readonly (CheckedOut & { userId: string })[],
): Promise<void> => {
  const userIds = [...new Set(checkouts.map(({ userId }) => userId))];
  const rows = await tx<Account[]>`
    select ${accountColumns(tx)} from users where id = any(${userIds}::uuid[]) order by id for no key update`;
  const accounts = new Map(rows.map((account) => [account.id, account]));
  const events: NewEvent[] = [];
  for (const { userId, ...checkout } of checkouts) {
    const before = accounts.get(userId);
    if (!before) continue;
    const { account, event } = takeOutOrdered(before, checkout, { now: new Date(), eventId: uuidv7() });
    accounts.set(userId, account);
    events.push(event);
  }
  if (events.length > 0) await saveCarts(tx, [...accounts.values()], events);
};

const saveCarts = async (
  tx: TransactionSql,
  accounts: readonly Account[],
  events: readonly NewEvent[],
): Promise<void> => {
  await tx`
    with changed as (
      update users set cart = given.cart::jsonb, version = given.version, updated_at = given.updated_at
      from unnest(
        ${accounts.map(({ id }) => id)}::uuid[], ${accounts.map(({ cart }) => JSON.stringify(cart))}::text[],
        ${accounts.map(({ version }) => version)}::bigint[],
        ${accounts.map(({ updatedAt }) => updatedAt.toISOString())}::timestamptz[]
      ) as given (id, cart, version, updated_at)
      where users.id = given.id
      returning users.id
    )
    insert into outbox (event_id, type, key, data, traceparent)
    select event_id, type, key, data, traceparent from ${eventRows(tx, events)}
    where key in (select id::text from changed) order by position`;
};
