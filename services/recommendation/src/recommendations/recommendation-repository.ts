import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { RankedProduct } from './recommendation.ts';
import type { RecommendationQuery } from './recommendation-query.ts';

export type RecommendationRepository = ReturnType<typeof recommendationRepository>;

export const recommendationRepository = (db: Database) => ({
  /**
   * The first `limit` available products: by all-time or by decayed popularity, those without activity last,
   * ties by id. The start of one of four partial indexes, so the cost does not grow with the catalogue.
   */
  top: ({ strategy, limit, category, exclude }: RecommendationQuery): Promise<RankedProduct[]> =>
    db.getAll('top_products', (sql) => {
      const ofCategory = category === undefined ? sql`` : sql`and category = ${category}`;
      const order = strategy === 'popular' ? sql`weight desc` : sql`log_weight desc nulls last`;
      return sql<RankedProduct[]>`
        select product_id, name, price_minor, currency, weight, log_weight
        from products
        where available and product_id <> all(${exclude}::uuid[]) ${ofCategory}
        order by ${order}, product_id
        limit ${limit}`;
    }),
});
