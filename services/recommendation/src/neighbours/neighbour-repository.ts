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
  sentIntegers,
  sentKey,
} from './binary-values.ts';
import type { HistoryBytes } from './histories.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';

/** A product with the histories of its newest shoppers. */
export interface ProductHistories extends Omit<ProductShoppers, 'newest'> {
  histories: HistoryBytes;
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
   * The histories of these shoppers, in their order. Postgres looks them up one by one, in the order of the array, as
   * `offset 0` leaves it no other way: a third less work than `= any(…)`, which sorts keys and steps from each to the next.
   */
  histories: async (shoppers: BigInt64Array): Promise<HistoryBytes> => {
    const [row] = await db.get('shopper_histories', (sql) =>
      sql`
        select ${histories(sql)}
        from unnest(${sql.typed(binaryArray(shoppers), bigintsOid)}) as asked (key) ${historyOfKey(sql)}`.raw(),
    );
    return historyBytes(row as Sent[]);
  },

  /**
   * The newest shoppers of each product, so many at most, from the index alone and in its order, which an aggregate over
   * a sorted subquery keeps; products that nobody knows are left out.
   */
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
              (select string_agg(int8send(shopper_key), '') from (
                select shopper_key from product_shoppers s where s.product_key = products.product_key
                order by hour desc, shopper_key desc limit max
              ) as newest) as newest
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
        select ${idOfKnown(sql)}, shoppers, found.*
        from products cross join lateral (
          select ${histories(sql)} from (
            select shopper_key from product_shoppers s where s.product_key = products.product_key
            order by hour desc, shopper_key desc limit ${max}
          ) as newest (key) ${historyOfKey(sql)}
        ) as found
        where product_key = ${product}`.raw(),
    );
    if (row === undefined) return undefined;
    const [id, shoppers, ...sent] = row as Sent[];
    return { id: sentId(id), shoppers: sentInteger(shoppers), histories: historyBytes(sent) };
  },
});

const idOfKnown = constantFragment((sql) => sql`case when name is not null then product_id end`);

const histories = constantFragment(
  (sql) => sql`string_agg(int4send(coalesce(length(history), 0)), ''), string_agg(history, '')`,
);

const historyOfKey = constantFragment(
  (sql) =>
    sql`left join lateral (select history from shoppers where shopper_key = key offset 0) as history on true`,
);

const historyBytes = ([lengths, bytes]: readonly Sent[]): HistoryBytes => ({
  lengths: sentIntegers(lengths),
  bytes: bytes ?? Buffer.of(),
});
