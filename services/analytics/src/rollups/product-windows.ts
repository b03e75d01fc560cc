import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';

/** How long the windows move in one transaction; those that were left alone for long take several. */
const moveMaxMs = 5_000;

/**
 * Moves the windows on until they end at `until` (not included), a quarter of an hour at a time: adds the minutes that
 * enter and takes those off that leave. They never move back. Call it with the lock of fold-products.ts.
 */
export const moveWindows = async (
  tx: TransactionSql,
  until: Date,
): Promise<{ any: boolean; done: boolean }> => {
  const startedMs = performance.now();
  for (let any = false; performance.now() - startedMs < moveMaxMs; any = true)
    if ((await moveByAQuarter(tx, until)) === 0) {
      if (any) await tx`delete from product_windows where views + likes + carts + purchases = 0`;
      return { any, done: true };
    }
  return { any: true, done: false };
};

/** Returns how many windows were not there yet. */
const moveByAQuarter = async (tx: TransactionSql, until: Date): Promise<number> => {
  const [{ moved }] = await tx<[{ moved: number }]>`
    with moved as (
      update ranking_windows set until = least(until + interval '15 minutes', ${until})
      where until < ${until}
      returning name, length, old.until as old_until, new.until
    ), sums as (
      select name, product_id, sum(sign * views) as views, sum(sign * likes) as likes, sum(sign * carts) as carts,
        sum(sign * purchases) as purchases, sum(sign * units) as units, sum(sign * revenue_minor) as revenue_minor
      from (
        select name, old_until as since, until as before, 1 as sign from moved
        union all
        select name, old_until - length, until - length, -1 from moved
      ) as changed join product_rollups on granularity = 'minute' and bucket >= since and bucket < before
      group by name, product_id
    ), changed as (
      insert into product_windows as t
        (window_name, product_id, views, likes, carts, purchases, units, revenue_minor)
      select name, product_id, views, likes, carts, purchases, units, revenue_minor from sums order by name, product_id
      on conflict (window_name, product_id) do update set
        views = t.views + excluded.views,
        likes = t.likes + excluded.likes,
        carts = t.carts + excluded.carts,
        purchases = t.purchases + excluded.purchases,
        units = t.units + excluded.units,
        revenue_minor = t.revenue_minor + excluded.revenue_minor
    )
    select count(*) as moved from moved`;
  return moved;
};
