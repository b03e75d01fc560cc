import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { CatalogueEntry } from './catalogue.ts';

/**
 * Stores states, at most one per product, with one statement. A state that is not newer than the stored one
 * changes nothing; scores stay as they are. In the order of the ids, so that two transactions never wait for
 * each other in a circle.
 */
export const saveEntries = async (tx: TransactionSql, entries: readonly CatalogueEntry[]): Promise<void> => {
  const column = <K extends keyof CatalogueEntry>(name: K) => entries.map((entry) => entry[name]);
  // As texts: postgres.js takes an array that begins with a boolean for a single boolean.
  const availability = column('available').map(String);
  await tx`
    insert into products as p (product_id, version, name, price_minor, currency, category, available)
    select product_id, version, name, price_minor, currency, category, available::boolean
    from unnest(
      ${column('productId')}::uuid[], ${column('version')}::bigint[], ${column('name')}::text[],
      ${column('priceMinor')}::bigint[], ${column('currency')}::text[], ${column('category')}::text[],
      ${availability}::text[]
    ) as entry (product_id, version, name, price_minor, currency, category, available)
    order by product_id
    on conflict (product_id) do update set
      version = excluded.version, name = excluded.name, price_minor = excluded.price_minor,
      currency = excluded.currency, category = excluded.category, available = excluded.available
    where excluded.version > p.version`;
};
