import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { figures, sums, sumsAdded } from './product-figures.ts';

/** How long the windows move in one transaction; those that were left alone for long take several. */
const moveMaxMs = 5_000;

/** Windows that end further ahead move back: the clock was wrong. Within it replicas do not undo each other's moves. */
const aheadMax = '5 minutes';

/** Where a window begins (included): a longer one at a whole hour. */
export const since = (tx: TransactionSql) => tx`date_trunc(begins_with::text, until - length, 'UTC')`;

/**
 * Moves the windows until they end at `until` (not included), a quarter of an hour at a time: adds the minutes that
 * enter and takes off the minutes or hours that leave. Returns whether they are there; call it with the lock of
 * fold-products.ts.
 */
export const moveWindows = async (tx: TransactionSql, until: Date): Promise<boolean> => {
  const startedMs = performance.now();
  for (let any = false; performance.now() - startedMs < moveMaxMs; any = true)
    if ((await moveByAQuarter(tx, until)) === 0) {
      if (any)
        await tx`
          delete from product_windows
          where views + likes + carts + purchases + units + returned_units = 0
            and gross_minor = 0 and refunded_minor = 0`;
      return true;
    }
  return false;
};

/**
 * Returns how many windows were not there yet. A ranking is stale when something came into its window, or when a product
 * that it ranks has lost something. `offset 0` makes Postgres look up each end by its index: for a join it would read
 * every rollup there is.
 */
const moveByAQuarter = async (tx: TransactionSql, until: Date): Promise<number> => {
  const [{ moved }] = await tx<[{ moved: number }]>`
    with ended as (
      select name, ${since(tx)} as old_since, until as old_until from ranking_windows
    ), moved as (
      update ranking_windows set until = case when until < ${until}
        then least(until + interval '15 minutes', ${until}) else greatest(until - interval '15 minutes', ${until}) end
      where until < ${until} or until > ${until}::timestamptz + ${aheadMax}::interval
      returning name, begins_with, ${since(tx)} as new_since, until as new_until
    ), ends as (
      select name, 'minute' as step, least(old_until, new_until) as start, greatest(old_until, new_until) as stop,
        new_until > old_until as enters
      from moved join ended using (name)
      union all
      select name, begins_with, least(old_since, new_since), greatest(old_since, new_since), new_until < old_until
      from moved join ended using (name)
    ), changes as (
      select name, product_id, currency, enters, ${sums(tx)}
      from ends cross join lateral (
        select product_id, currency, ${figures(tx)} from product_rollups
        where granularity = step and bucket >= start and bucket < stop
        offset 0
      ) as rolled_up
      group by name, product_id, currency, enters
    ), changed as (
      insert into product_windows as t (window_name, product_id, currency, ${figures(tx)})
      select name, product_id, currency, ${signedSums(tx)}
      from changes cross join lateral (select case when enters then 1 else -1 end as sign) as signed
      group by name, product_id, currency
      order by name, product_id, currency
      on conflict (window_name, product_id, currency) do update set ${sumsAdded(tx)}
    ), marked as (
      update product_rankings set stale = true
      where exists (
        select from changes where name = window_name and (enters or product_id = any(product_ids)))
    )
    select count(*) as moved from moved`;
  return moved;
};

const signedSums = (tx: TransactionSql) => tx`
  sum(sign * views), sum(sign * likes), sum(sign * carts), sum(sign * purchases), sum(sign * units),
  sum(sign * returned_units), sum(sign * gross_minor), sum(sign * refunded_minor)`;
