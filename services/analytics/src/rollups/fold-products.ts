import type { Database, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { bucketMs, bucketStart } from './bucket.ts';
import { keptBuckets } from './kept-buckets.ts';
import { figures, sums, sumsAdded } from './product-figures.ts';
import { addRankings, rankGrown, rankStale } from './product-rankings.ts';
import { moveWindows, since } from './product-windows.ts';

const rankMaxMs = 1_000;
const lockName = 'souk:analytics:products';

/**
 * Brings the figures of products up to date: moves the windows to the current minute and adds at most `changesMax`
 * changes to the rollups and windows, then ranks, a second in one transaction or, beyond that, one reading of one window. One
 * replica at a time does. Returns whether it is behind: there are more changes, or the windows are not there yet.
 */
export const foldProducts = async (
  db: Database,
  now: Date,
  { shopCurrency, changesMax = 10_000 }: { shopCurrency?: string | undefined; changesMax?: number } = {},
): Promise<boolean> => {
  const isBehind = await db.transaction('fold_products', async (tx) => {
    if (!(await lockProducts(tx, { wait: false }))) return false;
    // A plan that was made, and kept, while there were no changes compares each change with every other.
    await tx`select set_config('plan_cache_mode', 'force_custom_plan', true)`;
    await addRankings(tx);
    const isDone = await moveWindows(tx, new Date(bucketStart('minute', now.getTime()) + bucketMs.minute));
    const { taken, products } = await takeChanges(tx, changesMax);
    if (taken > 0) await rankGrown(tx, products);
    return !isDone || taken === changesMax;
  });
  const rank = () =>
    db.transaction('rank_products', async (tx) => {
      const startedMs = performance.now();
      let isStale = await lockProducts(tx, { wait: false });
      while (isStale && performance.now() - startedMs < rankMaxMs)
        isStale = await rankStale(tx, shopCurrency);
      return isStale;
    });
  while (await rank());
  return isBehind;
};

/**
 * The figures of products have one writer at a time; false when there is one and `wait` is. A rebuild, which empties
 * their tables one by one, comes before or after: it locks the positions first.
 */
export const lockProducts = async (tx: TransactionSql, { wait }: { wait: boolean }): Promise<boolean> => {
  await tx`lock table consumer_positions in access share mode`;
  // Tables that are built beside have a writer of their own, until they take over.
  const seed = tx`(
    select (relnamespace::regnamespace::text like '%\\_beside')::int from pg_class where oid = to_regclass('product_changes'))`;
  const [row] = wait
    ? await tx<
        [{ locked: boolean }]
      >`select pg_advisory_xact_lock(hashtextextended(${lockName}, ${seed})) is not null as locked`
    : await tx<
        [{ locked: boolean }]
      >`select pg_try_advisory_xact_lock(hashtextextended(${lockName}, ${seed})) as locked`;
  return row.locked;
};

/** Returns how many changes were taken, and the products that they are of. Revenue falls with a return. */
const takeChanges = async (
  tx: TransactionSql,
  changesMax: number,
): Promise<{ taken: number; products: string[] }> => {
  const [changes] = await tx<[{ taken: number; products: string[] }]>`
    with taken as (
      delete from product_changes where ctid = any(array(select ctid from product_changes limit ${changesMax}))
      returning bucket, product_id, currency, ${figures(tx)}
    ), minutes as materialized (
      select bucket as minute, product_id, currency, ${sums(tx)} from taken group by bucket, product_id, currency
    ), unknown as (
      insert into unknown_products (product_id)
      select distinct product_id from minutes
      where not exists (select from products where products.product_id = minutes.product_id)
      on conflict (product_id) do nothing
    ), rolled_up as (
      insert into product_rollups as t (granularity, product_id, bucket, currency, ${figures(tx)})
      select granularity, product_id, bucket, currency, ${sums(tx)}
      from minutes cross join ${keptBuckets(tx)}
      where granularity <> 'all'
      group by granularity, product_id, bucket, currency
      order by granularity, product_id, bucket, currency
      on conflict (granularity, product_id, bucket, currency) do update set ${sumsAdded(tx)}
    ), in_windows as (
      insert into product_windows as t (window_name, product_id, currency, ${figures(tx)})
      select name, product_id, currency, ${sums(tx)}
      from minutes join ranking_windows on length is null or (minute >= ${since(tx)} and minute < until)
      group by name, product_id, currency
      order by name, product_id, currency
      on conflict (window_name, product_id, currency) do update set ${sumsAdded(tx)}
    ), fallen as (
      update product_rankings set stale = true
      where metric = 'revenue' and product_ids && array(select product_id from minutes where refunded_minor > 0)
    )
    select count(*) as taken, array(select distinct product_id from minutes) as products from taken`;
  return changes;
};
