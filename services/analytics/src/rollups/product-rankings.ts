import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { ownCurrency } from './own-currency.ts';

/** What products are ranked by. */
export const metrics = ['views', 'likes', 'carts', 'purchases', 'units', 'revenue'] as const;
export type Metric = (typeof metrics)[number];

/** The most products of a ranking. */
export const rankingMax = 100;

/** What a product is ranked by. Counts are in the rows without a currency, the net revenue in those of the shop's own. */
const amountOf = (tx: TransactionSql, metric: Metric) =>
  metric === 'revenue' ? tx`(gross_minor - refunded_minor)` : tx`${tx(metric)}`;

/** Makes rankings that do not exist; they are stale. */
export const addRankings = (tx: TransactionSql) => tx`
  insert into product_rankings (window_name, metric, product_ids, amounts)
  select name, metric, '{}', '{}' from ranking_windows cross join unnest(${metrics}::text[]) as metric
  on conflict (window_name, metric) do nothing`;

/**
 * Ranks the products of `grown` among those that are ranked already. No other can have come in, as none has lost anything
 * but in rankings that are stale.
 */
export const rankGrown = async (tx: TransactionSql, grown: readonly string[]): Promise<void> => {
  for (const metric of metrics) {
    const amount = amountOf(tx, metric);
    await tx`
      update product_rankings as t set product_ids = first.product_ids, amounts = first.amounts
      from product_rankings as before cross join lateral (
        select ${ranked(tx)} from (
          select product_id, ${amount}::numeric as amount from product_windows as w
          where w.window_name = before.window_name and w.currency = before.currency and ${amount} > 0
            and product_id in (select unnest(${grown}::uuid[]) union select unnest(before.product_ids))
          order by 2 desc, product_id
          limit ${rankingMax}
        ) as candidates
      ) as first
      where before.metric = ${metric} and not before.stale
        and t.window_name = before.window_name and t.metric = before.metric
        and (t.product_ids <> first.product_ids or t.amounts <> first.amounts)`;
  }
};

/**
 * Makes one stale ranking of all products of its window: the first by its metric, those with none of it left out; ties by
 * id. False when none is stale.
 */
export const rankStale = async (tx: TransactionSql, shopCurrency?: string): Promise<boolean> => {
  const [stale] = await tx<{ window_name: string; metric: Metric; own: string }[]>`
    select window_name, metric, own
    from product_rankings cross join (select ${ownCurrency(tx, shopCurrency)} as own) as shop
    where stale or (metric = 'revenue' and currency <> own)
    limit 1`;
  if (stale === undefined) return false;
  const { window_name, metric, own } = stale;
  const currency = metric === 'revenue' ? own : '';
  const amount = amountOf(tx, metric);
  await tx`
    update product_rankings set (product_ids, amounts) = (
      select ${ranked(tx)} from (
        select product_id, ${amount}::numeric as amount from product_windows
        where window_name = ${window_name} and currency = ${currency} and ${amount} > 0
        order by 2 desc, product_id
        limit ${rankingMax}
      ) as first
    ), stale = false, currency = ${currency}
    where window_name = ${window_name} and metric = ${metric}`;
  return true;
};

/** Rows with product_id and amount as one of two arrays. */
const ranked = (tx: TransactionSql) => tx`
  coalesce(array_agg(product_id order by amount desc, product_id), '{}') as product_ids,
  coalesce(array_agg(amount order by amount desc, product_id), '{}') as amounts`;
