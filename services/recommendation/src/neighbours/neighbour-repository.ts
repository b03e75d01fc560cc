import type { Database } from '@souk/service-kit/postgres/database.ts';
import { decodeHistory } from '../interactions/history-codec.ts';
import type { Interaction } from '../interactions/interaction.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';

export type NeighbourRepository = ReturnType<typeof neighbourRepository>;

/** Which products may be shown. */
export interface Selection {
  category?: string;
  /** Product keys. */
  exclude: readonly number[];
}

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

  /** The histories of shoppers, in the order given; without those that are gone. */
  histories: async (shoppers: readonly string[]): Promise<Map<string, Interaction[]>> => {
    const rows = await db.getAll(
      'shopper_histories',
      (sql) => sql<{ shopper_key: string; history: Buffer }[]>`
        select shopper_key::text, history from shoppers
        where shopper_key = any(${`{${shoppers.join()}}`}::text::bigint[]) and history is not null`,
    );
    return new Map(rows.map(({ shopper_key, history }) => [shopper_key, decodeHistory(history)]));
  },

  /** The newest `max` shoppers of each product, from the index alone; products that nobody was at are left out. */
  newestShoppers: async (products: readonly number[], max: number): Promise<Map<number, ProductShoppers>> => {
    const rows = await db.getAll(
      'newest_shoppers',
      (sql) => sql<{ product_key: number; shoppers: number; keys: string; hours: string }[]>`
        select product_key, shoppers, keys, hours
        from products cross join lateral (
          select string_agg(shopper_key::text, ',') as keys, string_agg(hour::text, ',') as hours
          from (
            select shopper_key, hour from product_shoppers s where s.product_key = products.product_key
            order by hour desc, shopper_key desc limit ${max}
          ) as newest
        ) as listed
        where product_key = any(${`{${products.join()}}`}::text::bigint[]) and keys is not null`,
    );
    return new Map(
      rows.map(({ product_key: product, shoppers, keys, hours }) => {
        const hourOf = hours.split(',');
        const newest = keys.split(',').map((shopper, place) => ({ shopper, hour: Number(hourOf[place]) }));
        return [product, { product, shoppers, newest }];
      }),
    );
  },

  /** How many shoppers have these products in their history. */
  shoppersOf: async (products: readonly number[]): Promise<Map<number, number>> => {
    const rows = await db.getAll(
      'product_shopper_counts',
      (sql) => sql<{ product_key: number; shoppers: number }[]>`
        select product_key, shoppers from products
        where product_key = any(${`{${products.join()}}`}::text::bigint[])`,
    );
    return new Map(rows.map(({ product_key, shoppers }) => [product_key, shoppers]));
  },

  /** Of these products those that may be shown, each with the number of its shoppers. */
  selectable: async (
    products: readonly number[],
    { category, exclude }: Selection,
  ): Promise<Map<number, number>> => {
    const [row] = await db.get('selectable_products', (sql) => {
      const ofCategory = category === undefined ? sql`` : sql`and category = ${category}`;
      return sql<[{ keys: string | null; shoppers: string | null }]>`
        select string_agg(product_key::text, ',') as keys, string_agg(shoppers::text, ',') as shoppers
        from products
        where product_key = any(${`{${products.join()}}`}::text::bigint[]) and available ${ofCategory}
          and product_key <> all(${`{${exclude.join()}}`}::text::bigint[])`;
    });
    const counts = (row.shoppers ?? '').split(',');
    return new Map(row.keys?.split(',').map((key, place) => [Number(key), Number(counts[place])]));
  },
});
