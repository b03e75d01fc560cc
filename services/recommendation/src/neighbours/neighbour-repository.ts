import type { Database } from '@souk/service-kit/postgres/database.ts';
import { decodeHistory } from '../interactions/history-codec.ts';
import type { Interaction } from '../interactions/interaction.ts';
import type { HistoryBytes } from './histories.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';
import { sentBigints, sentIntegers } from './sent-numbers.ts';

export type NeighbourRepository = ReturnType<typeof neighbourRepository>;

export const neighbourRepository = (db: Database) => ({
  /** The history of a shopper, newest first; empty when nothing is known. */
  history: async (shopper: string): Promise<Interaction[]> => {
    const [row] = await db.get(
      'shopper_history',
      (sql) => sql<{ history: Buffer | null }[]>`
        select history from shoppers where shopper_key = ${shopper}::text::bigint`,
    );
    return row?.history ? decodeHistory(row.history) : [];
  },

  /**
   * The histories of these shoppers, in their order. Postgres looks them up one by one, in the order of the array, as
   * `offset 0` leaves it no other way: a third less work than `= any(…)`, which sorts keys and steps from each to the next.
   */
  histories: async (shoppers: BigInt64Array): Promise<HistoryBytes> => {
    const [row] = await db.get(
      'shopper_histories',
      (sql) => sql<[{ lengths: string | null; bytes: string | null }]>`
        select encode(string_agg(int4send(coalesce(length(history), 0)), ''), 'base64') as lengths,
          encode(string_agg(history, ''), 'base64') as bytes
        from unnest(${`{${shoppers.join()}}`}::text::bigint[]) as key
          left join lateral (select history from shoppers where shopper_key = key offset 0) as found on true`,
    );
    return { bytes: Buffer.from(row.bytes ?? '', 'base64'), lengths: sentIntegers(row.lengths) };
  },

  /**
   * The newest shoppers of each product, so many at most, from the index alone and in its order, which an aggregate over
   * a sorted subquery keeps; products that nobody knows are left out.
   */
  newestShoppers: async (
    products: readonly number[],
    maxes: readonly number[],
  ): Promise<Map<number, ProductShoppers>> => {
    const rows = await db.getAll(
      'newest_shoppers',
      (sql) => sql<
        { product_key: number; product_id: string | null; shoppers: number; newest: string | null }[]
      >`
        select product_key, product_id, shoppers, newest
        from unnest(${`{${products.join()}}`}::text::bigint[], ${`{${maxes.join()}}`}::text::integer[])
            as asked (key, max)
          cross join lateral (
            select product_key, case when name is not null then product_id end as product_id, shoppers,
              (select encode(string_agg(int8send(shopper_key), ''), 'base64') from (
                select shopper_key from product_shoppers s where s.product_key = products.product_key
                order by hour desc, shopper_key desc limit max
              ) as newest) as newest
            from products where product_key = key offset 0) as found`,
    );
    return new Map(
      rows.map(({ product_key, product_id: id, shoppers, newest }) => [
        product_key,
        { id, shoppers, newest: sentBigints(newest) },
      ]),
    );
  },
});
