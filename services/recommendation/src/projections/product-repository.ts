import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { CatalogueEntry } from '../catalogue/catalogue.ts';
import type { Score } from '../popularity/popularity.ts';

/**
 * Stores states, at most one per product, and adds scores, by product id. A state that is not newer than the
 * stored one changes nothing. A product whose state is not known yet gets a row that is not available.
 *
 * One statement for both, in the order of the ids: two transactions never wait for each other in a circle, as
 * they would if one came back for a row that another took in between.
 */
export const saveProducts = async (
  tx: TransactionSql,
  entries: readonly CatalogueEntry[],
  scores: ReadonlyMap<string, Score>,
): Promise<void> => {
  if (entries.length === 0 && scores.size === 0) return;
  const changes = new Map<string, Partial<CatalogueEntry & Score>>(
    entries.map((entry) => [entry.productId, { ...entry, ...scores.get(entry.productId) }]),
  );
  for (const [productId, score] of scores)
    if (!changes.has(productId)) changes.set(productId, { productId, ...score });
  await tx`
    insert into products as p
      (product_id, version, name, price_minor, currency, category, available, weight, log_weight)
    select "productId", coalesce(version, 0), name, "priceMinor", currency, category, coalesce(available, false),
      coalesce(weight, 0), "logWeight"
    from json_to_recordset(${JSON.stringify([...changes.values()])}::text::json) as change (
      "productId" uuid, version bigint, name text, "priceMinor" bigint, currency text, category text,
      available boolean, weight float8, "logWeight" float8)
    order by 1
    on conflict (product_id) do update set
      version = greatest(p.version, excluded.version),
      name = ${newer(tx, 'name')}, price_minor = ${newer(tx, 'price_minor')},
      currency = ${newer(tx, 'currency')}, category = ${newer(tx, 'category')},
      available = ${newer(tx, 'available')},
      weight = p.weight + excluded.weight,
      log_weight = ${mergedLogWeight(tx)}`;
};

const newer = (tx: TransactionSql, column: string) =>
  tx`case when excluded.version > p.version then excluded.${tx(column)} else p.${tx(column)} end`;

/**
 * mergeScores in SQL. `exp` fails when its result is too small for a double; from e^-50 on, 1 + x is 1 anyway.
 * No activity is null, which greatest and least leave out: the sum is then the other value.
 */
const mergedLogWeight = (tx: TransactionSql) => tx`
  greatest(p.log_weight, excluded.log_weight)
    + ln(1 + exp(-least(abs(p.log_weight - excluded.log_weight), 50)))`;
