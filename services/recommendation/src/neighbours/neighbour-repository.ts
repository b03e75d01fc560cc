import type { Database } from '@souk/service-kit/postgres/database.ts';
import { bytesEach, decodeHistory } from '../interactions/history-codec.ts';
import type { Interaction } from '../interactions/interaction.ts';
import type { HistoryBytes } from './history-items.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';
import { sentBigints, sentIntegers } from './sent-arrays.ts';

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

  /**
   * The histories of shoppers, in the order given, until they hold `interactionsMax`: the places of those that are not
   * gone, and their histories.
   */
  histories: async (
    shoppers: readonly bigint[],
    interactionsMax = Number.MAX_SAFE_INTEGER / bytesEach,
  ): Promise<HistoryBytes & { places: Int32Array }> => {
    const [row] = await db.get(
      'shopper_histories',
      (sql) => sql<[{ places: Buffer | null; lengths: Buffer | null; bytes: Buffer | null }]>`
        select array_send(array_agg(place::integer order by place)) as places,
          array_send(array_agg(length(history) order by place)) as lengths,
          string_agg(history, '' order by place) as bytes
        from (
          select place, history, sum(length(history)) over (order by place) - length(history) as before
          from unnest(${`{${shoppers.join()}}`}::text::bigint[]) with ordinality as asked (key, place)
          join shoppers on shopper_key = key and history is not null
        ) as found
        where before < ${Math.floor(interactionsMax * bytesEach)}`,
    );
    const { places, lengths, bytes } = row;
    return {
      places: sentIntegers(places).map((place) => place - 1),
      lengths: sentIntegers(lengths),
      bytes: bytes ?? Buffer.alloc(0),
    };
  },

  /** The newest `max` shoppers of each product, from the index alone; products that nobody was at are left out. */
  newestShoppers: async (products: readonly number[], max: number): Promise<Map<number, ProductShoppers>> => {
    const rows = await db.getAll(
      'newest_shoppers',
      (sql) => sql<{ product_key: number; shoppers: number; keys: Buffer; hours: Buffer }[]>`
        select product_key, shoppers, keys, hours
        from products cross join lateral (
          select array_send(array_agg(shopper_key)) as keys, array_send(array_agg(hour)) as hours
          from (
            select shopper_key, hour from product_shoppers s where s.product_key = products.product_key
            order by hour desc, shopper_key desc limit ${max}
          ) as newest
        ) as listed
        where product_key = any(${`{${products.join()}}`}::text::bigint[]) and keys is not null`,
    );
    return new Map(
      rows.map(({ product_key: product, shoppers, keys, hours }) => {
        const newest = { keys: sentBigints(keys), hours: sentIntegers(hours) };
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
      return sql<[{ keys: Buffer | null; shoppers: Buffer | null }]>`
        select array_send(array_agg(product_key)) as keys, array_send(array_agg(shoppers)) as shoppers
        from products
        where product_key = any(${`{${products.join()}}`}::text::bigint[]) and available ${ofCategory}
          and product_key <> all(${`{${exclude.join()}}`}::text::bigint[])`;
    });
    const keys = new Uint32Array(sentBigints(row.keys).buffer);
    const selected = new Map<number, number>();
    const counts = sentIntegers(row.shoppers);
    for (let at = 0; at < counts.length; at++)
      selected.set((keys[2 * at + 1] as number) * 2 ** 32 + (keys[2 * at] as number), counts[at] as number);
    return selected;
  },
});
