import type { Database, Sql } from '@souk/service-kit/postgres/database.ts';
import { binaryArray, doublesOid } from '../neighbours/binary-values.ts';

/** Which products may be shown. */
export interface Selection {
  category?: string;
  /** Product keys. */
  exclude: readonly number[];
}

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

/** What the number of shoppers of a product takes off its votes. */
export interface Damping {
  factor: number;
  inner: number;
  power: number;
  outer: number;
}

/** Product keys with their votes. */
export interface Voted {
  keys: Float64Array;
  votes: Float64Array;
  damping: Damping;
}

export type ScoredRow = ProductRow & { score: number };

export type RecommendationRepository = ReturnType<typeof recommendationRepository>;

/** Reads the service's own scores, or those by the other weighing. */
export const recommendationRepository = (db: Database, scores: 'own' | 'other' = 'own') => ({
  /**
   * The first `limit` available products: by popularity or by decayed popularity, those without activity last,
   * ties by id. The start of one of a few partial indexes, so the cost does not grow with the catalogue.
   */
  top: (
    by: 'popular' | 'trending',
    { category, exclude, limit }: Selection & { limit: number },
  ): Promise<ProductRow[]> =>
    db.getAll('top_products', (sql) => {
      const ofCategory = category === undefined ? sql`` : sql`and category = ${category}`;
      const where = sql`
        where available and ${notAmong(sql, exclude)} ${ofCategory}`;
      if (scores === 'own') {
        const order = by === 'popular' ? sql`weight desc` : sql`log_weight desc nulls last`;
        return sql<ProductRow[]>`
          select ${columns(sql, scores)} from products ${where} order by ${order}, product_id limit ${limit}`;
      }
      // Two lists, as products without other scores are in none of their indexes; the second is seldom read.
      const order = by === 'popular' ? sql`other_weight desc` : sql`other_log_weight desc`;
      return sql<ProductRow[]>`
        (select ${columns(sql, scores)} from products ${where} and other_log_weight is not null
          order by ${order}, product_id limit ${limit})
        union all
        (select ${columns(sql, scores)} from products ${where} and other_log_weight is null
          order by products.weight desc, product_id limit ${limit})
        limit ${limit}`;
    }),

  /**
   * Of products with their votes the best `limit` that can be bought and are of the category, if one is given: by
   * votes / ((factor · shoppers + inner)^power + outer), ties by key. Looked up one by one, as in neighbour-repository.ts.
   */
  best: (
    { keys, votes, damping }: Voted,
    { category, limit }: { category?: string; limit: number },
  ): Promise<ScoredRow[]> =>
    db.getAll('best_products', (sql) => {
      const ofCategory = category === undefined ? sql`` : sql`and category = ${category}`;
      const { factor, inner, power, outer } = damping;
      const doubles = (values: Float64Array) => sql.typed(binaryArray(values), doublesOid);
      return sql<ScoredRow[]>`
        select product_key, product_id, name, price_minor, currency, weight, log_weight, votes
            / (power(${factor}::float8 * of_all + ${inner}::float8, ${power}::float8) + ${outer}::float8) as score
        from unnest(${doubles(keys)}, ${doubles(votes)}) as voted (key, votes)
          cross join lateral (
            select ${columns(sql, scores)}, shoppers as of_all
            from products where product_key = key::bigint and available ${ofCategory} offset 0
          ) as found
        order by score desc, key limit ${limit}`;
    }),

  /** Products by their keys; those whose state is not known are left out. */
  byKey: async (
    products: readonly number[],
  ): Promise<Map<number, ProductRow & { category: string | null; available: boolean }>> => {
    const rows = await db.getAll(
      'products_by_key',
      (sql) => sql<(ProductRow & { category: string | null; available: boolean })[]>`
        select ${columns(sql, scores)}, category, available
        from products where product_key = any(${`{${products.join()}}`}::text::bigint[]) and name is not null`,
    );
    return new Map(rows.map((row) => [row.product_key, row]));
  },
});

/** In a subquery, as Postgres would read the text again for every row. */
const notAmong = (sql: Sql, products: readonly number[]) => sql`
  product_key <> all((select ${`{${products.join()}}`}::text::bigint[])::bigint[])`;

const columns = (sql: Sql, scores: 'own' | 'other') => sql`
  product_key, product_id, name, price_minor, currency,
  ${scores === 'own' ? sql`weight, log_weight` : sql`other_weight as weight, other_log_weight as log_weight`}`;
