import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { CatalogueEntry } from '../catalogue/catalogue.ts';
import type { ProductChange } from '../interactions/changes.ts';
import { productKey } from '../interactions/keys.ts';
import { logWeightOf, mergeTrend, type Score } from '../popularity/popularity.ts';

/**
 * Stores states, at most one per product, and adds changes, by product key. A state that is not newer than the
 * stored one changes nothing. A product whose state is not known yet gets a row that is not available. `productIds` has
 * the ids of products that may be new.
 *
 * The rows are locked in the order of their keys, before anything is changed: two transactions never wait for each
 * other in a circle.
 */
export const saveProducts = async (
  tx: TransactionSql,
  entries: readonly CatalogueEntry[],
  changes: ReadonlyMap<number, ProductChange>,
  productIds: ReadonlyMap<number, string>,
): Promise<void> => {
  const states = new Map(entries.map((entry) => [productKey(entry.productId), entry]));
  const ids = new Map(productIds);
  for (const [key, { productId }] of states) ids.set(key, productId);
  const keys = [...new Set([...states.keys(), ...changes.keys()])];
  if (keys.length === 0) return;
  const trends = await lockTrends(tx, keys, ids);
  const rows = keys.map((key) => ({
    key,
    ...states.get(key),
    ...changed(changes.get(key), trends.get(key)),
  }));
  await tx`
    update products p set
      version = greatest(p.version, change.version),
      name = ${newer(tx, 'name')}, price_minor = ${newer(tx, 'price_minor')},
      currency = ${newer(tx, 'currency')}, category = ${newer(tx, 'category')},
      available = ${newer(tx, 'available')},
      weight = p.weight + coalesce(change.weight, 0), shoppers = p.shoppers + coalesce(change.shoppers, 0),
      trend = coalesce(change.trend, p.trend),
      log_weight = case when change.trend is null then p.log_weight else change."logWeight" end,
      other_weight = p.other_weight + coalesce(change."otherWeight", 0),
      other_trend = coalesce(change."otherTrend", p.other_trend),
      other_log_weight = case when change."otherTrend" is null then p.other_log_weight
        else change."otherLogWeight" end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as change (
      key bigint, version bigint, name text, "priceMinor" bigint, currency text, category text, available boolean,
      weight float8, shoppers integer, trend float8[], "logWeight" float8,
      "otherWeight" float8, "otherTrend" float8[], "otherLogWeight" float8)
    where p.product_key = change.key and p.product_key = any(${keyArray(keys)}::text::bigint[])`;
  if ([...changes.values()].some(({ shoppers }) => shoppers < 0)) await forgetUnknown(tx, keys);
};

/** A row that was made by interactions alone goes with the last of them, as if they had never been. */
const forgetUnknown = async (tx: TransactionSql, keys: readonly number[]): Promise<void> => {
  await tx`
    delete from products
    where product_key = any(${keyArray(keys)}::text::bigint[]) and version = 0 and shoppers = 0`;
};

interface Trends {
  own: number[];
  other: number[];
}

/** The trends of products, whose rows are locked and made where they are missing. */
const lockTrends = async (
  tx: TransactionSql,
  keys: readonly number[],
  ids: ReadonlyMap<number, string>,
): Promise<Map<number, Trends>> => {
  const lock = () => tx<{ product_key: number; own: string; other: string }[]>`
    select product_key, array_to_string(trend, ',') as own, array_to_string(other_trend, ',') as other from products
    where product_key = any(${keyArray(keys)}::text::bigint[]) order by product_key for update`;
  let rows = await lock();
  if (rows.length < keys.length) {
    const known = new Set(rows.map(({ product_key }) => product_key));
    const missing = keys.filter((key) => !known.has(key)).sort((a, b) => a - b);
    await tx`
      insert into products (product_id)
      select id from unnest(${missing.map((key) => ids.get(key) as string)}::uuid[]) with ordinality as product (id, place)
      order by place on conflict (product_id) do nothing`;
    rows = await lock();
  }
  return new Map(
    rows.map(({ product_key, own, other }) => [product_key, { own: numbers(own), other: numbers(other) }]),
  );
};

const keyArray = (keys: readonly number[]): string => `{${keys.join()}}`;

const numbers = (text: string): number[] => (text ? text.split(',').map(Number) : []);

const changed = (change: ProductChange | undefined, stored: Trends | undefined) => {
  if (change === undefined) return {};
  const { weight, trend, logWeight } = merged(change.score, stored?.own);
  const other = change.other && merged(change.other, stored?.other);
  return {
    ...{ shoppers: change.shoppers, weight, trend, logWeight },
    ...(other && { otherWeight: other.weight, otherTrend: other.trend, otherLogWeight: other.logWeight }),
  };
};

/** Without a trend where it stays as it is. */
const merged = (change: Score, stored: readonly number[] = []) => {
  if (change.trend.size === 0) return { weight: change.weight };
  const trend = mergeTrend(stored, change.trend);
  return { weight: change.weight, trend, logWeight: logWeightOf(trend) };
};

const newer = (tx: TransactionSql, column: string) => {
  const given = column === 'price_minor' ? 'priceMinor' : column;
  return tx`case when change.version > p.version then change.${tx(given)} else p.${tx(column)} end`;
};
