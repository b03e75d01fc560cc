import { constantFragment, type Database } from '@souk/service-kit/postgres/database.ts';
import { decodeHistory } from '../interactions/history-codec.ts';
import type { Interaction } from '../interactions/interaction.ts';
import {
  bigintsOid,
  binaryArray,
  type Sent,
  sentBigints,
  sentId,
  sentInteger,
  sentKey,
} from './binary-values.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';

/** A product with the histories of its newest shoppers. */
export interface ProductHistories extends Omit<ProductShoppers, 'newest'> {
  /** As readHistories() takes them. */
  histories: Buffer;
}

export type NeighbourRepository = ReturnType<typeof neighbourRepository>;

/** What is read here of many rows arrives as bytes, by raw(): that spares both sides a text of every number. */
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
   * The histories of these shoppers, in their order, as readHistories() takes them. Postgres looks them up one by one, in
   * the order of the array, as `offset 0` leaves it no other way: a third less work than `= any(…)`, which sorts keys and
   * steps from each to the next.
   */
  histories: async (shoppers: BigInt64Array): Promise<Buffer> => {
    const [row] = await db.get('shopper_histories', (sql) =>
      sql`
        select array(
          select history from unnest(${sql.typed(binaryArray(shoppers), bigintsOid)}) as asked (key) ${historyOfKey(sql)}
        )`.raw(),
    );
    return (row as Buffer[])[0] as Buffer;
  },

  /** The newest shoppers of each product, so many at most, from the index alone; products that nobody knows are left out. */
  newestShoppers: async (
    products: readonly number[],
    maxes: readonly number[],
  ): Promise<Map<number, ProductShoppers>> => {
    const rows = await db.getAll('newest_shoppers', (sql) =>
      sql`
        select product_key, id, shoppers, newest
        from unnest(${`{${products.join()}}`}::text::bigint[], ${`{${maxes.join()}}`}::text::integer[])
            as asked (key, max)
          cross join lateral (
            select product_key, ${idOfKnown(sql)} as id, shoppers,
              array(
                select shopper_key from product_shoppers s where s.product_key = products.product_key
                order by hour desc, shopper_key desc limit max
              ) as newest
            from products where product_key = key offset 0) as found`.raw(),
    );
    return new Map(
      (rows as Sent[][]).map(([key, id, shoppers, newest]) => [
        sentKey(key),
        { id: sentId(id), shoppers: sentInteger(shoppers), newest: sentBigints(newest) },
      ]),
    );
  },

  /** A product with the histories of its newest shoppers, so many at most; undefined when nobody knows it. */
  newestHistories: async (product: number, max: number): Promise<ProductHistories | undefined> => {
    const [row] = await db.get('newest_histories', (sql) =>
      sql`
        select ${idOfKnown(sql)}, shoppers, array(
          select history from (
            select shopper_key from product_shoppers s where s.product_key = products.product_key
            order by hour desc, shopper_key desc limit ${max}
          ) as newest (key) ${historyOfKey(sql)}
        )
        from products where product_key = ${product}`.raw(),
    );
    if (row === undefined) return undefined;
    const [id, shoppers, histories] = row as Sent[];
    return { id: sentId(id), shoppers: sentInteger(shoppers), histories: histories as Buffer };
  },
});

const idOfKnown = constantFragment((sql) => sql`case when name is not null then product_id end`);

const historyOfKey = constantFragment(
  (sql) =>
    sql`left join lateral (select history from shoppers where shopper_key = key offset 0) as history on true`,
);
