import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { Granularity } from '../rollups/bucket.ts';
import type { Metric } from '../rollups/product-rankings.ts';
import type { Series } from './series.ts';
import type { Window } from './window.ts';

export interface RankedProduct {
  product_id: string;
  name: string | null;
  /** An integer, in decimal; revenue in minor units. */
  value: string;
}

export interface ProductBucket {
  bucket: Date;
  views: number;
  likes: number;
  carts: number;
  purchases: number;
  units: number;
  /** An integer, in decimal. */
  revenue_minor: string;
}

export type ProductRepository = ReturnType<typeof productRepository>;

export const productRepository = (db: Database) => ({
  /** The products with the most of a metric, at most `rankingMax`; those with none of it left out; ties by id. */
  top: (metric: Metric, window: Window, limit: number): Promise<RankedProduct[]> =>
    db.getAll(
      'top_products',
      (sql) => sql<RankedProduct[]>`
      select product_id, name, amount::text as value
      from product_rankings
        cross join unnest(product_ids, amounts) with ordinality as ranked (product_id, amount, rank)
        left join products using (product_id)
      where window_name = ${window} and metric = ${metric} and rank <= ${limit}
      order by rank`,
    ),

  /** The name of a product that is or was in the catalogue or has activity; undefined when there is neither. */
  find: async (productId: string): Promise<{ name: string | null } | undefined> => {
    const [row] = await db.get(
      'find_product',
      (sql) => sql<{ name: string | null }[]>`
      select (select name from products where product_id = ${productId}) as name
      where exists (select from products where product_id = ${productId})
        or exists (select from product_rollups where granularity = 'day' and product_id = ${productId})`,
    );
    return row;
  },

  /** The buckets of a series that are not empty, in order. */
  series: (productId: string, { granularity, from, to }: Series<Granularity>): Promise<ProductBucket[]> =>
    db.getAll(
      'product_series',
      (sql) => sql<ProductBucket[]>`
      select bucket, views, likes, carts, purchases, units, revenue_minor::text as revenue_minor
      from product_rollups
      where granularity = ${granularity} and product_id = ${productId} and bucket >= ${from} and bucket < ${to}
      order by bucket`,
    ),
});
