import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type {
  ActiveUserRow,
  ActivityRow,
  ProductRow,
  Rollup,
  SalesRow,
  UserActivityRow,
  UserProductRow,
} from './rollup.ts';

/**
 * Adds a rollup to the tables, one statement per table. Tables and rows are always taken in the same order, so
 * that two transactions never wait for each other in a circle; the tables that all partitions share come last,
 * the busiest at the end, so that their rows are locked for the shortest time. What was done by users whose
 * deletion is stored counts in the totals only.
 */
export const saveRollup = async (tx: TransactionSql, rollup: Rollup): Promise<void> => {
  if (rollup.activeUsers.length > 0) await addActiveUsers(tx, rollup.activeUsers);
  if (rollup.userActivity.length > 0) await addUserActivity(tx, rollup.userActivity);
  if (rollup.userProducts.length > 0) await addUserProducts(tx, rollup.userProducts);
  if (rollup.products.length > 0) {
    await noteUnknownProducts(tx, rollup.products);
    await addProducts(tx, rollup.products);
  }
  if (rollup.sales.length > 0) await addSales(tx, rollup.sales);
  if (rollup.activity.length > 0) await addActivity(tx, rollup.activity);
};

const addActiveUsers = async (tx: TransactionSql, rows: readonly ActiveUserRow[]): Promise<void> => {
  await tx`
    insert into active_users (bucket, user_id)
    select bucket, user_id
    from unnest(
      ${column(rows, 'bucket')}::timestamptz[], ${column(rows, 'userId')}::uuid[]
    ) as added (bucket, user_id)
    where ${ofPresentUser(tx)}
    order by bucket, user_id
    on conflict (bucket, user_id) do nothing`;
};

const addUserActivity = async (tx: TransactionSql, rows: readonly UserActivityRow[]): Promise<void> => {
  await tx`
    insert into user_activity as t (user_id, type, count, first_seen, last_seen)
    select user_id, type, count, first_seen, last_seen
    from unnest(
      ${column(rows, 'userId')}::uuid[], ${column(rows, 'type')}::text[], ${column(rows, 'count')}::bigint[],
      ${column(rows, 'firstSeen')}::timestamptz[], ${column(rows, 'lastSeen')}::timestamptz[]
    ) as added (user_id, type, count, first_seen, last_seen)
    where ${ofPresentUser(tx)}
    order by user_id, type
    on conflict (user_id, type) do update set
      count = t.count + excluded.count,
      first_seen = least(t.first_seen, excluded.first_seen),
      last_seen = greatest(t.last_seen, excluded.last_seen)`;
};

const addUserProducts = async (tx: TransactionSql, rows: readonly UserProductRow[]): Promise<void> => {
  await tx`
    insert into user_products as t (user_id, product_id, interactions, purchases)
    select user_id, product_id, interactions, purchases
    from unnest(
      ${column(rows, 'userId')}::uuid[], ${column(rows, 'productId')}::uuid[],
      ${column(rows, 'interactions')}::bigint[], ${column(rows, 'purchases')}::bigint[]
    ) as added (user_id, product_id, interactions, purchases)
    where ${ofPresentUser(tx)}
    order by user_id, product_id
    on conflict (user_id, product_id) do update set
      interactions = t.interactions + excluded.interactions,
      purchases = t.purchases + excluded.purchases`;
};

/** Nothing is recorded under a deleted user, whether the deletion came earlier or in the same batch. */
const ofPresentUser = (tx: TransactionSql) => tx`
  not exists (select from users where users.user_id = added.user_id and users.deleted)`;

/** So that they can be removed one day if the catalogue never names them: see unknown-products.ts. */
const noteUnknownProducts = async (tx: TransactionSql, rows: readonly ProductRow[]): Promise<void> => {
  const ids = [...new Set(column(rows, 'productId'))];
  await tx`
    insert into unknown_products (product_id)
    select product_id from unnest(${ids}::uuid[]) as named (product_id)
    where not exists (select from products where products.product_id = named.product_id)
    order by product_id
    on conflict (product_id) do nothing`;
};

const addProducts = async (tx: TransactionSql, rows: readonly ProductRow[]): Promise<void> => {
  await tx`
    insert into product_rollups as t
      (granularity, product_id, bucket, views, likes, carts, purchases, units, revenue_minor)
    select granularity::granularity, product_id, bucket, views, likes, carts, purchases, units, revenue_minor
    from unnest(
      ${column(rows, 'granularity')}::text[], ${column(rows, 'productId')}::uuid[],
      ${column(rows, 'bucket')}::timestamptz[], ${column(rows, 'views')}::bigint[],
      ${column(rows, 'likes')}::bigint[], ${column(rows, 'carts')}::bigint[],
      ${column(rows, 'purchases')}::bigint[], ${column(rows, 'units')}::bigint[],
      ${revenues(rows)}::numeric[]
    ) as added (granularity, product_id, bucket, views, likes, carts, purchases, units, revenue_minor)
    order by granularity, product_id, bucket
    on conflict (granularity, product_id, bucket) do update set
      views = t.views + excluded.views,
      likes = t.likes + excluded.likes,
      carts = t.carts + excluded.carts,
      purchases = t.purchases + excluded.purchases,
      units = t.units + excluded.units,
      revenue_minor = t.revenue_minor + excluded.revenue_minor`;
};

const addSales = async (tx: TransactionSql, rows: readonly SalesRow[]): Promise<void> => {
  await tx`
    insert into sales_rollups as t (granularity, bucket, purchases, units, revenue_minor)
    select granularity::granularity, bucket, purchases, units, revenue_minor
    from unnest(
      ${column(rows, 'granularity')}::text[], ${column(rows, 'bucket')}::timestamptz[],
      ${column(rows, 'purchases')}::bigint[], ${column(rows, 'units')}::bigint[],
      ${revenues(rows)}::numeric[]
    ) as added (granularity, bucket, purchases, units, revenue_minor)
    order by granularity, bucket
    on conflict (granularity, bucket) do update set
      purchases = t.purchases + excluded.purchases,
      units = t.units + excluded.units,
      revenue_minor = t.revenue_minor + excluded.revenue_minor`;
};

const addActivity = async (tx: TransactionSql, rows: readonly ActivityRow[]): Promise<void> => {
  await tx`
    insert into activity_rollups as t (granularity, bucket, type, count)
    select granularity::granularity, bucket, type, count
    from unnest(
      ${column(rows, 'granularity')}::text[], ${column(rows, 'bucket')}::timestamptz[],
      ${column(rows, 'type')}::text[], ${column(rows, 'count')}::bigint[]
    ) as added (granularity, bucket, type, count)
    order by granularity, bucket, type
    on conflict (granularity, bucket, type) do update set count = t.count + excluded.count`;
};

const column = <Row, K extends keyof Row>(rows: readonly Row[], name: K): Row[K][] =>
  rows.map((row) => row[name]);

const revenues = (rows: readonly { revenueMinor: bigint }[]): string[] =>
  rows.map(({ revenueMinor }) => revenueMinor.toString());
