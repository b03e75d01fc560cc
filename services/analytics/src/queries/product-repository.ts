import type { Database, Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { ownCurrency } from '../rollups/own-currency.ts';
import { figures, sums } from '../rollups/product-figures.ts';
import type { Metric } from '../rollups/product-rankings.ts';
import { bucketIn, columnIn, inMs } from './bucket-in.ts';
import type { Money } from './revenue.ts';
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

export interface ProductBucket {
  start: Date;
  views: number;
  likes: number;
  carts: number;
  purchases: number;
  units: number;
  returned_units: number;
  money: Money;
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

  /** All buckets of a series, in order. */
  series: async (productId: string, asked: Series<SeriesGranularity>): Promise<ProductBucket[]> => {
    const [columns] = await db.get(
      'product_series',
      (sql) => sql<[ProductColumns]>`
      with rows as materialized (${byCurrency(sql, productId, asked)})
      select (
        select json_build_array(array_agg(${inMs(sql, 'start')}), array_agg(views), array_agg(likes), array_agg(carts),
          array_agg(purchases), array_agg(units), array_agg(returned_units))
        from rows where currency = ''
      ) as counts, (
        select coalesce(json_agg(json_build_array(currency, starts, gross, refunded) order by currency), '[]')
        from (
          select currency, array_agg(${inMs(sql, 'start')}) as starts, array_agg(gross_minor::text) as gross,
            array_agg(refunded_minor::text) as refunded
          from rows where gross_minor > 0 or refunded_minor > 0 group by currency
        ) as currencies
      ) as money`,
    );
    return bucketsOf(asked, columns);
  },
});

/** Columns in JSON, which JavaScript reads much faster than a row for each bucket. */
interface ProductColumns {
  /** The starts of buckets, in milliseconds since the epoch, then each figure in the order of `ProductBucket`; null without any. */
  counts: (number[] | null)[];
  money: [currency: string, startsMs: number[], grossMinor: string[], refundedMinor: string[]][];
}

const bucketsOf = (
  { buckets }: Series<SeriesGranularity>,
  { counts: [startsMs, ...counts], money }: ProductColumns,
): ProductBucket[] => {
  const inPlaces = columnIn(buckets);
  const [views, likes, carts, purchases, units, returnedUnits] = counts.map((column) =>
    inPlaces(startsMs ?? [], column ?? [], 0),
  ) as Six<number[]>;
  const amounts = money.map(([currency, starts, gross, refunded]) => ({
    currency,
    gross: inPlaces(starts, gross, '0'),
    refunded: inPlaces(starts, refunded, '0'),
  }));
  return buckets.map((start, place) => {
    const moneyIn: Money = {};
    for (const { currency, gross, refunded } of amounts) {
      const both = [gross[place] as string, refunded[place] as string] as const;
      if (both[0] !== '0' || both[1] !== '0') moneyIn[currency] = both;
    }
    return {
      start,
      views: views[place] as number,
      likes: likes[place] as number,
      carts: carts[place] as number,
      purchases: purchases[place] as number,
      units: units[place] as number,
      returned_units: returnedUnits[place] as number,
      money: moneyIn,
    };
  });
};

type Six<T> = [T, T, T, T, T, T];

/** The figures of each bucket, one row for counts, where money is zero, and one for each currency, where counts are. */
const byCurrency = (sql: Sql, productId: string, asked: Series<SeriesGranularity>): Fragment => {
  const { granularity, source, from, to } = asked;
  const range = sql`granularity = ${source} and product_id = ${productId} and bucket >= ${from} and bucket < ${to}`;
  return source === granularity
    ? sql`select bucket as start, currency, ${figures(sql)} from product_rollups where ${range}`
    : sql`
      select ${bucketIn(sql, asked)} as start, currency, ${sums(sql)} from product_rollups where ${range}
      group by start, currency`;
};
