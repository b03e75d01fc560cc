import type { Database, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { bucketMs, bucketStart } from './bucket.ts';
import { rankProducts } from './product-rankings.ts';
import { moveWindows, sumsAdded } from './product-windows.ts';

const changesMax = 50_000;
const lockName = 'souk:analytics:products';

/**
 * Brings the figures of products up to date: moves the windows to the current minute, adds at most 50,000 changes to the
 * rollups and windows, and ranks. One replica at a time does. Returns whether it is behind: there are more changes, or
 * the windows are not there yet.
 */
export const foldProducts = (db: Database, now: Date): Promise<boolean> =>
  db.transaction('fold_products', async (tx) => {
    if (!(await lockProducts(tx, { wait: false }))) return false;
    const moved = await moveWindows(tx, new Date(bucketStart('minute', now.getTime()) + bucketMs.minute));
    const { taken, products } = await takeChanges(tx);
    if (moved.any) await rankProducts(tx);
    else if (taken > 0) await rankProducts(tx, products);
    return !moved.done || taken === changesMax;
  });

/**
 * The figures of products have one writer at a time; false when there is one and `wait` is. A rebuild, which empties
 * their tables one by one, comes before or after: it locks the positions first.
 */
export const lockProducts = async (tx: TransactionSql, { wait }: { wait: boolean }): Promise<boolean> => {
  await tx`lock table consumer_positions in access share mode`;
  const [row] = wait
    ? await tx<
        [{ locked: boolean }]
      >`select pg_advisory_xact_lock(hashtextextended(${lockName}, 0)) is not null as locked`
    : await tx<
        [{ locked: boolean }]
      >`select pg_try_advisory_xact_lock(hashtextextended(${lockName}, 0)) as locked`;
  return row.locked;
};

/** Returns how many changes were taken, and the products that they are of. */
const takeChanges = async (tx: TransactionSql): Promise<{ taken: number; products: string[] }> => {
  const [changes] = await tx<[{ taken: number; products: string[] }]>`
    with taken as (
      delete from product_changes where ctid = any(array(select ctid from product_changes limit ${changesMax}))
      returning bucket, product_id, views, likes, carts, purchases, units, revenue_minor
    ), minutes as materialized (
      select bucket, product_id, sum(views)::bigint as views, sum(likes)::bigint as likes, sum(carts)::bigint as carts,
        sum(purchases)::bigint as purchases, sum(units)::bigint as units, sum(revenue_minor) as revenue_minor
      from taken group by bucket, product_id
    ), unknown as (
      insert into unknown_products (product_id)
      select distinct product_id from minutes
      where not exists (select from products where products.product_id = minutes.product_id)
      on conflict (product_id) do nothing
    ), rolled_up as (
      insert into product_rollups as t
        (granularity, product_id, bucket, views, likes, carts, purchases, units, revenue_minor)
      select period::rollup_granularity, product_id, date_trunc(period, bucket, 'UTC') as start, sum(views), sum(likes),
        sum(carts), sum(purchases), sum(units), sum(revenue_minor)
      from minutes cross join unnest(array['minute', 'hour', 'day']) as periods (period)
      group by period, product_id, start
      order by period, product_id, start
      on conflict (granularity, product_id, bucket) do update set ${sumsAdded(tx)}
    ), in_windows as (
      insert into product_windows as t
        (window_name, product_id, views, likes, carts, purchases, units, revenue_minor)
      select name, product_id, sum(views), sum(likes), sum(carts), sum(purchases), sum(units), sum(revenue_minor)
      from minutes join ranking_windows on length is null or (bucket >= until - length and bucket < until)
      group by name, product_id
      order by name, product_id
      on conflict (window_name, product_id) do update set ${sumsAdded(tx)}
    )
    select count(*) as taken, array(select distinct product_id from minutes) as products from taken`;
  return changes;
};
