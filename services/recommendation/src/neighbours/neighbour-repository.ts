import type { Database } from '@souk/service-kit/postgres/database.ts';
import { decodeHistory } from '../interactions/history-codec.ts';
import type { Interaction } from '../interactions/interaction.ts';
import type { HistoryBytes } from './histories.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';
import { sentBigints, sentIntegers } from './sent-arrays.ts';

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

  /** The histories of these shoppers, in their order. */
  histories: async (shoppers: readonly bigint[]): Promise<HistoryBytes> => {
    const [row] = await db.get(
      'shopper_histories',
      (sql) => sql<[{ places: string | null; lengths: string | null; bytes: string | null }]>`
        select encode(array_send(array_agg(place::integer)), 'base64') as places,
          encode(array_send(array_agg(length(history))), 'base64') as lengths,
          encode(string_agg(history, ''), 'base64') as bytes
        from unnest(${`{${shoppers.join()}}`}::text::bigint[]) with ordinality as asked (key, place)
        join shoppers on shopper_key = key and history is not null`,
    );
    const [starts, lengths] = [new Int32Array(shoppers.length), new Int32Array(shoppers.length)];
    const lengthsFound = sentIntegers(row.lengths);
    let start = 0;
    for (const [at, place] of sentIntegers(row.places).entries()) {
      starts[place - 1] = start;
      lengths[place - 1] = lengthsFound[at] as number;
      start += lengthsFound[at] as number;
    }
    return { bytes: Buffer.from(row.bytes ?? '', 'base64'), starts, lengths };
  },

  /** The newest `max` shoppers of each product, from the index alone; products that nobody knows are left out. */
  newestShoppers: async (products: readonly number[], max: number): Promise<Map<number, ProductShoppers>> => {
    const rows = await db.getAll(
      'newest_shoppers',
      (sql) => sql<{ product_key: number; product_id: string | null; shoppers: number; newest: string }[]>`
        select product_key, case when name is not null then product_id end as product_id, shoppers,
          encode(array_send(array(
            select shopper_key from product_shoppers s where s.product_key = products.product_key
            order by hour desc, shopper_key desc limit ${max}
          )), 'base64') as newest
        from products where product_key = any(${`{${products.join()}}`}::text::bigint[])`,
    );
    return new Map(
      rows.map(({ product_key, product_id: id, shoppers, newest }) => [
        product_key,
        { id, shoppers, newest: sentBigints(newest) },
      ]),
    );
  },
});
