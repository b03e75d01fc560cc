import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { Selection } from '../neighbours/neighbour-repository.ts';

/** What an answer shows of a product, and its scores. */
export interface ProductRow {
  product_key: number;
  product_id: string;
  name: string;
  price_minor: number;
  currency: string;
  weight: number;
  /** null without activity. */
  log_weight: number | null;
}

export type RecommendationRepository = ReturnType<typeof recommendationRepository>;

export const recommendationRepository = (db: Database) => ({
  /**
   * The first `limit` available products: by popularity or by decayed popularity, those without activity last,
   * ties by id. The start of one of four partial indexes, so the cost does not grow with the catalogue.
   */
  top: (
    by: 'popular' | 'trending',
    { category, exclude, limit }: Selection & { limit: number },
  ): Promise<ProductRow[]> =>
    db.getAll('top_products', (sql) => {
      const ofCategory = category === undefined ? sql`` : sql`and category = ${category}`;
      const order = by === 'popular' ? sql`weight desc` : sql`log_weight desc nulls last`;
      return sql<ProductRow[]>`
        select product_key, product_id, name, price_minor, currency, weight, log_weight
        from products
        where available and product_key <> all(${`{${exclude.join()}}`}::text::bigint[]) ${ofCategory}
        order by ${order}, product_id
        limit ${limit}`;
    }),

  /** Products by their keys; those whose state is not known are left out. */
  byKey: async (
    products: readonly number[],
  ): Promise<Map<number, ProductRow & { category: string | null; available: boolean }>> => {
    const rows = await db.getAll(
      'products_by_key',
      (sql) => sql<(ProductRow & { category: string | null; available: boolean })[]>`
        select product_key, product_id, name, price_minor, currency, weight, log_weight, category, available
        from products where product_key = any(${`{${products.join()}}`}::text::bigint[]) and name is not null`,
    );
    return new Map(rows.map((row) => [row.product_key, row]));
  },
});
