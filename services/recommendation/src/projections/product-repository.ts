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
  const entryOf = new Map(entries.map((entry) => [entry.productId, entry]));
  const ids = [...new Set([...entryOf.keys(), ...scores.keys()])];
  if (ids.length === 0) return;
  const states = ids.map((id) => entryOf.get(id) ?? stateless);
  const state = <K extends keyof typeof stateless>(name: K) => states.map((entry) => entry[name]);
  // As texts: postgres.js takes an array that begins with a boolean for a single boolean.
  const availability = state('available').map(String);
  await tx`
    insert into products as p
      (product_id, version, name, price_minor, currency, category, available, weight, log_weight)
    select product_id, version, name, price_minor, currency, category, available::boolean, weight, log_weight
    from unnest(
      ${ids}::uuid[], ${state('version')}::bigint[], ${state('name')}::text[], ${state('priceMinor')}::bigint[],
      ${state('currency')}::text[], ${state('category')}::text[], ${availability}::text[],
      ${ids.map((id) => scores.get(id)?.weight ?? 0)}::float8[],
      ${ids.map((id) => scores.get(id)?.logWeight ?? null)}::float8[]
    ) as change (product_id, version, name, price_minor, currency, category, available, weight, log_weight)
    order by product_id
    on conflict (product_id) do update set
      version = greatest(p.version, excluded.version),
      name = ${newer(tx, 'name')}, price_minor = ${newer(tx, 'price_minor')},
      currency = ${newer(tx, 'currency')}, category = ${newer(tx, 'category')},
      available = ${newer(tx, 'available')},
      weight = p.weight + excluded.weight,
      log_weight = ${mergedLogWeight(tx)}`;
};

/** Of a product that only a score is known of: older than every state. */
const stateless: Omit<CatalogueEntry, 'productId'> = {
  version: 0,
  name: null,
  priceMinor: null,
  currency: null,
  category: null,
  available: false,
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
