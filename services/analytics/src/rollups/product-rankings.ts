import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';

/** What products are ranked by. */
export const metrics = ['views', 'likes', 'carts', 'purchases', 'units', 'revenue'] as const;
export type Metric = (typeof metrics)[number];

/** The most products of a ranking. */
export const rankingMax = 100;

const columnOf: Readonly<Record<Metric, string>> = {
  views: 'views',
  likes: 'likes',
  carts: 'carts',
  purchases: 'purchases',
  units: 'units',
  revenue: 'revenue_minor',
};

/**
 * Stores the first products by each metric of each window, those with none of it left out; ties by id. With `grown`,
 * only these products have other sums than at the last ranking, and none has less: then no other can come in.
 */
export const rankProducts = async (tx: TransactionSql, grown?: readonly string[]): Promise<void> => {
  for (const metric of metrics) {
    const amount = tx(columnOf[metric]);
    const candidates = grown
      ? tx`and product_id in (
          select unnest(${grown}::uuid[]) union
          select unnest(r.product_ids) from product_rankings as r where r.window_name = name and metric = ${metric})`
      : tx``;
    await tx`
      insert into product_rankings as t (window_name, metric, product_ids, amounts)
      select name, ${metric}, coalesce(array_agg(product_id order by amount desc, product_id)
          filter (where amount is not null), '{}'),
        coalesce(array_agg(amount order by amount desc, product_id) filter (where amount is not null), '{}')
      from ranking_windows left join lateral (
        select product_id, ${amount}::numeric as amount from product_windows
        where window_name = name and ${amount} > 0 ${candidates}
        order by ${amount} desc, product_id
        limit ${rankingMax}
      ) as ranked on true
      group by name
      order by name
      on conflict (window_name, metric) do update
        set product_ids = excluded.product_ids, amounts = excluded.amounts
        where t.product_ids <> excluded.product_ids or t.amounts <> excluded.amounts`;
  }
};
