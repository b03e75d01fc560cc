import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { type Cart, type CartState, nextCart, type Price } from './cart.ts';

/** A newer state of a cart, and the order that it took out of it, if that is why it changed. */
export interface CartChange extends CartState {
  order_uid?: string | undefined;
}

/**
 * Keeps what events say of carts, in their order, and notes which orders have left them. Doing it again does no harm: an
 * older state changes nothing, as versions decide. Of erased users nothing is kept.
 */
export const saveCarts = async (tx: TransactionSql, changes: readonly CartChange[]): Promise<void> => {
  const userIds = [...new Set(changes.map(({ user_id }) => user_id))];
  const productIds = [...new Set(changes.flatMap(({ cart }) => cart.map(({ product_id }) => product_id)))];
  const [before, prices] = await Promise.all([lockCarts(tx, userIds), pricesOf(tx, productIds)]);
  const carts = new Map<string, Cart>();
  for (const change of changes) {
    const known = carts.get(change.user_id) ?? before.get(change.user_id);
    const cart = nextCart(known, change, (productId) => prices.get(productId));
    if (cart) carts.set(cart.userId, cart);
  }
  if (carts.size > 0) await upsertCarts(tx, [...carts.values()]);
  const orderUids = changes.flatMap(({ order_uid }) => order_uid ?? []);
  if (orderUids.length > 0)
    await tx`
      update checkouts set cleared_at = now()
      where order_uid = any(${orderUids}::text[]) and cleared_at is null`;
};

/** The carts of these users, locked in the order of their ids. */
export const lockCarts = async (
  tx: TransactionSql,
  userIds: readonly string[],
): Promise<Map<string, Cart>> => {
  const rows = await tx<Cart[]>`
    select user_id as "userId", version, items_version as "itemsVersion", items from carts
    where user_id = any(${userIds}::uuid[]) order by user_id for update`;
  return new Map(rows.map((cart) => [cart.userId, cart]));
};

const pricesOf = async (tx: TransactionSql, productIds: readonly string[]): Promise<Map<string, Price>> => {
  if (productIds.length === 0) return new Map();
  const rows = await tx<(Price & { id: string })[]>`
    select id, price_minor as "priceMinor", currency from products
    where id = any(${productIds}::uuid[])`;
  return new Map(rows.map(({ id, ...price }) => [id, price]));
};

const upsertCarts = (tx: TransactionSql, carts: readonly Cart[]) => tx`
  insert into carts (user_id, version, items_version, items)
  select user_id, version, items_version, items::jsonb
  from unnest(
    ${carts.map(({ userId }) => userId)}::uuid[], ${carts.map(({ version }) => version)}::bigint[],
    ${carts.map(({ itemsVersion }) => itemsVersion)}::bigint[],
    ${carts.map(({ items }) => JSON.stringify(items))}::text[]
  ) as given (user_id, version, items_version, items)
  where not exists (select from erased_customers where customer_id = given.user_id::text)
  order by user_id
  on conflict (user_id) do update set version = excluded.version, items_version = excluded.items_version,
    items = excluded.items`;

/** Forgets the carts of erased users; what left them is not waited for any more. */
export const eraseCarts = async (tx: TransactionSql, userIds: readonly string[]): Promise<void> => {
  await tx`
    with gone as (delete from carts where user_id = any(${userIds}::uuid[]))
    update checkouts set cleared_at = now()
    where user_id = any(${userIds}::uuid[]) and cleared_at is null`;
};
