import type { Database, Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { ownCurrency } from '../rollups/own-currency.ts';
import { figures, sums } from '../rollups/product-figures.ts';
import type { Metric } from '../rollups/product-rankings.ts';
import { placeIn } from './bucket-in.ts';
import type { ProductColumns } from './product-series.ts';
import type { Series, SeriesGranularity } from './series.ts';
import type { Window } from './window.ts';

export interface RankedProduct {
  product_id: string;
  name: string | null;
  /** An integer, in decimal; revenue in minor units of the currency. */
  value: string;
  /** Of revenue; empty for counts. */
  currency: string;
}

export type ProductRepository = ReturnType<typeof productRepository>;

export const productRepository = (db: Database, shopCurrency?: string) => ({
  /** The products with the most of a metric, at most `rankingMax`; those with none of it left out; ties by id. */
  top: (metric: Metric, window: Window, limit: number): Promise<RankedProduct[]> =>
    db.getAll(
      'top_products',
      (sql) => sql<RankedProduct[]>`
      select product_id, name, amount::text as value, currency
      from product_rankings
        cross join unnest(product_ids, amounts) with ordinality as ranked (product_id, amount, rank)
        left join products using (product_id)
      where window_name = ${window} and metric = ${metric} and rank <= ${limit}
      order by rank`,
    ),

  /**
   * The name of a product that is or was in the catalogue or has activity, and the shop's own currency; undefined when
   * there is neither.
   */
  find: async (productId: string): Promise<{ name: string | null; currency: string } | undefined> => {
    const [row] = await db.get(
      'find_product',
      (sql) => sql<{ name: string | null; currency: string }[]>`
      select (select name from products where product_id = ${productId}) as name,
        ${ownCurrency(sql, shopCurrency)} as currency
      where exists (select from products where product_id = ${productId})
        or exists (select from product_rollups where granularity = 'day' and product_id = ${productId})`,
    );
    return row;
  },

  /** The buckets of a series that have figures. */
  series: async (productId: string, asked: Series<SeriesGranularity>): Promise<ProductColumns> => {
    const [columns] = await db.get('product_series', (sql) => {
      const counts = (name: string) => sql`array_agg(${sql(name)}) filter (where currency = '')`;
      const money = (value: Fragment) => sql`array_agg(${value}) filter (where currency <> '')`;
      return sql<[ProductColumns]>`
      select
        json_build_array(${counts('place')}, ${counts('views')}, ${counts('likes')},
          ${counts('carts')}, ${counts('purchases')}, ${counts('units')}, ${counts('returned_units')}) as counts,
        json_build_array(${money(sql`place`)}, ${money(sql`currency`)}, ${money(sql`gross_minor::text`)},
          ${money(sql`refunded_minor::text`)}) as money
      from (${byCurrency(sql, productId, asked)}) as rows`;
    });
    return columns;
  },
});

/** The figures of each bucket, one row for counts, where money is zero, and one for each currency, where counts are. */
const byCurrency = (sql: Sql, productId: string, asked: Series<SeriesGranularity>): Fragment => {
  const { granularity, source, from, to, buckets } = asked;
  const place = placeIn(sql, source, [...buckets, to]);
  const range = sql`granularity = ${source} and product_id = ${productId} and bucket >= ${from} and bucket < ${to}`;
  return source === granularity
    ? sql`select ${place} as place, currency, ${figures(sql)} from product_rollups where ${range}`
    : sql`select ${place} as place, currency, ${sums(sql)} from product_rollups where ${range} group by place, currency`;
};
