import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';

/** How long the windows move in one transaction; those that were left alone for long take several. */
const moveMaxMs = 5_000;

/** Windows that end further ahead move back: the clock was wrong. Within it replicas do not undo each other's moves. */
const aheadMax = '5 minutes';

/**
 * Moves the windows until they end at `until` (not included), a quarter of an hour at a time: adds the minutes that
 * enter and takes those off that leave. Call it with the lock of fold-products.ts.
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

/** For an upsert as `t`: the figures of a product, each with what is added to it. */
export const sumsAdded = (tx: TransactionSql) => tx`
  views = t.views + excluded.views, likes = t.likes + excluded.likes, carts = t.carts + excluded.carts,
  purchases = t.purchases + excluded.purchases, units = t.units + excluded.units,
  revenue_minor = t.revenue_minor + excluded.revenue_minor`;

/** Returns how many windows were not there yet. */
const moveByAQuarter = async (tx: TransactionSql, until: Date): Promise<number> => {
  const [{ moved }] = await tx<[{ moved: number }]>`
    with moved as (
      update ranking_windows set until = case when until < ${until}
        then least(until + interval '15 minutes', ${until}) else greatest(until - interval '15 minutes', ${until}) end
      where until < ${until} or until > ${until}::timestamptz + ${aheadMax}::interval
      returning name, length, old.until as old_until, new.until
    ), sums as (
      select name, product_id, sum(sign * views) as views, sum(sign * likes) as likes, sum(sign * carts) as carts,
        sum(sign * purchases) as purchases, sum(sign * units) as units, sum(sign * revenue_minor) as revenue_minor
      from (
        select name, least(old_until, until) as since, greatest(old_until, until) as before,
          case when until > old_until then 1 else -1 end as sign from moved
        union all
        select name, least(old_until, until) - length, greatest(old_until, until) - length,
          case when until > old_until then -1 else 1 end from moved
      ) as changed join product_rollups on granularity = 'minute' and bucket >= since and bucket < before
      group by name, product_id
    ), changed as (
      insert into product_windows as t
        (window_name, product_id, views, likes, carts, purchases, units, revenue_minor)
      select name, product_id, views, likes, carts, purchases, units, revenue_minor from sums order by name, product_id
      on conflict (window_name, product_id) do update set ${sumsAdded(tx)}
    )
    select count(*) as moved from moved`;
  return moved;
};
