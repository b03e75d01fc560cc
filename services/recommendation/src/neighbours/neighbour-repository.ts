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

  /** The histories of these shoppers, all different, in their order. */
  histories: async (shoppers: BigInt64Array): Promise<HistoryBytes> => {
    const [row] = await db.get(
      'shopper_histories',
      (sql) => sql<[{ keys: string | null; lengths: string | null; bytes: string | null }]>`
        select encode(array_send(array_agg(shopper_key order by shopper_key)), 'base64') as keys,
          encode(array_send(array_agg(length(history) order by shopper_key)), 'base64') as lengths,
          encode(string_agg(history, '' order by shopper_key), 'base64') as bytes
        from shoppers where shopper_key = any(${`{${shoppers.join()}}`}::text::bigint[]) and history is not null`,
    );
    const [starts, lengths] = [new Int32Array(shoppers.length), new Int32Array(shoppers.length)];
    const [keysFound, lengthsFound] = [sentBigints(row.keys), sentIntegers(row.lengths)];
    const ascending = [...shoppers.keys()].sort((a, b) =>
      (shoppers[a] as bigint) < (shoppers[b] as bigint) ? -1 : 1,
    );
    let [start, at] = [0, 0];
    for (const place of ascending) {
      if (keysFound[at] !== shoppers[place]) continue;
      const length = lengthsFound[at++] as number;
      starts[place] = start;
      lengths[place] = length;
      start += length;
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
