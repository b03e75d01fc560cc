import type { NewEvent } from '@souk/contracts/new-event.ts';
import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import { eventRows } from '@souk/service-kit/outbox/event-rows.ts';
import {
  constantFragment,
  type Database,
  type Sql,
  type TransactionSql,
} from '@souk/service-kit/postgres/database.ts';
import { errorCode, isUniqueViolation } from '@souk/service-kit/postgres/errors.ts';
import { problem } from '@souk/service-kit/problem.ts';
import type { Product, ProductChange } from './product.ts';

export const skuTaken = (cause?: unknown) =>
  problem(409, 'sku_taken', 'another product has this sku', {
    errors: [{ field: 'sku', message: 'is taken' }],
    cause,
  });

const deadlockAttemptsMax = 5;
/** deadlock_detected, serialization_failure */
const retriedStates = new Set(['40P01', '40001']);

export const productRepository = (db: Database) => ({
  find: (id: string): Promise<Product | undefined> =>
    db.get('find_product', async (sql) => {
      const [product] = await sql<Product[]>`select ${productColumns(sql)} from products where id = ${id}`;
      return product;
    }),

  /** False when another product has the sku; then nothing is written. */
  create: (change: ProductChange): Promise<boolean> =>
    db.save('create_product', async (sql) =>
      (await saveChanges(sql, [change], auditRows)).has(change.product.id),
    ),

  /**
   * Locks the product and writes what `decide` makes of it, if anything. Undefined when there is no such
   * product. Throws the problem `sku_taken` when another product has the new sku.
   */
  update: (
    id: string,
    decide: (product: Product) => ProductChange | undefined,
  ): Promise<{ before: Product; after: Product } | undefined> =>
    retryingDeadlocks(db, 'update_product', async (tx) => {
      const before = await lockProduct(tx, id);
      if (!before) return undefined;
      const change = decide(before);
      if (change)
        await saveChanges(tx, [change], auditRows).catch((error: unknown) => {
          throw isUniqueViolation(error, 'products_sku_key') ? skuTaken(error) : error;
        });
      return { before, after: change?.product ?? before };
    }),

  /** Locks the product and deletes it when `decide` gives the event of its end; returns what it was. */
  remove: (id: string, decide: (product: Product) => NewEvent | undefined): Promise<Product | undefined> =>
    db.transaction('remove_product', async (tx) => {
      const product = await lockProduct(tx, id);
      const event = product && decide(product);
      if (event) await deleteProduct(tx, id, event);
      return product;
    }),

  /**
   * Locks the products with these skus and writes all changes that `decide` makes of them in one statement.
   * A change comes back unsaved when another request has created its sku in the meantime.
   */
  upsert: <D extends { change?: ProductChange }>(
    skus: string[],
    decide: (bySku: ReadonlyMap<string | null, Product>) => D[],
  ): Promise<{ decision: D; saved: boolean }[]> =>
    retryingDeadlocks(db, 'upsert_products', async (tx) => {
      const products = await lockProducts(tx, skus);
      const decisions = decide(new Map(products.map((product) => [product.sku, product])));
      const changes = decisions.flatMap(({ change }) => change ?? []);
      const saved = changes.length > 0 ? await saveChanges(tx, changes, auditRows) : new Set<string>();
      return decisions.map((decision) => ({
        decision,
        saved: !decision.change || saved.has(decision.change.product.id),
      }));
    }),
});

/**
 * A transaction that runs again when Postgres has ended it to break a deadlock; nothing of it was written then. Only
 * products that move to another sku, or appear while an order waits for them, can deadlock: see
 * lockProducts for everything else.
 */
export const retryingDeadlocks = async <T>(
  db: Database,
  operation: string,
  work: (tx: TransactionSql) => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(operation, work);
    } catch (error) {
      if (!retriedStates.has(errorCode(error) ?? '') || attempt === deadlockAttemptsMax) throw error;
    }
  }
};

/** The columns of a Product, for a select. */
export const productColumns = constantFragment(
  (sql) => sql`
  id, sku, name, description, brand, category, price_minor as "priceMinor", currency, stock, version,
  created_at as "createdAt", updated_at as "updatedAt"`,
);

const lockProduct = async (tx: TransactionSql, id: string): Promise<Product | undefined> => {
  const [product] = await tx<Product[]>`
    select ${productColumns(tx)} from products where id = ${id} for update`;
  return product;
};

/** In the order of the skus, as saveChanges inserts: batches that overlap wait for each other and never deadlock. */
export const lockProducts = (tx: TransactionSql, skus: string[]): Promise<Product[]> =>
  tx<Product[]>`
    select ${productColumns(tx)} from products where sku = any(${skus}::text[]) order by sku for update`;

/** In the same order: see lockProducts. */
export const lockProductsById = (tx: TransactionSql, ids: string[]): Promise<Product[]> =>
  tx<Product[]>`
    select ${productColumns(tx)} from products where id = any(${ids}::uuid[]) order by sku, id for update`;

/**
 * Writes first versions as new rows and later ones over their rows, which the caller has locked; all events
 * go with them, and the rows of `audit` where somebody changes products themselves. Returns the ids of what was written: a first version whose sku is taken is left out.
 */
export const saveChanges = async (
  sql: Sql | TransactionSql,
  changes: ProductChange[],
  audit?: typeof auditRows,
): Promise<Set<string>> => {
  const products = changes.map(({ product }) => product);
  const events = changes.map(({ event }) => event);
  const saved = await sql<{ id: string }[]>`
    with given as (
      select id, sku, name, description, brand, category, "priceMinor" as price_minor, currency, stock,
        version, "createdAt" as created_at, "updatedAt" as updated_at
      from jsonb_to_recordset(${sql.json(products as never)}) as given (
        id uuid, sku text, name text, description text, brand text, category text, "priceMinor" bigint,
        currency char(3), stock integer, version bigint, "createdAt" timestamptz, "updatedAt" timestamptz)
    ), updated as (
      update products set sku = given.sku, name = given.name, description = given.description,
        brand = given.brand, category = given.category, price_minor = given.price_minor,
        currency = given.currency, stock = given.stock, version = given.version,
        updated_at = given.updated_at
      from given where products.id = given.id and given.version > 1
      returning products.id
    ), created as (
      insert into products (id, sku, name, description, brand, category, price_minor, currency, stock,
        version, created_at, updated_at)
      select id, sku, name, description, brand, category, price_minor, currency, stock,
        version, created_at, updated_at
      from given where version = 1 order by sku
      on conflict (sku) do nothing
      returning id
    ), saved as (
      select id from updated union all select id from created
    ), published as (
      insert into outbox (event_id, type, key, data, traceparent)
      select event_id, type, key, data, traceparent from ${eventRows(sql, events)}
      where key in (select id::text from saved) order by position
    ), audited as (${audit ? audit(sql, sql`select id::text from saved`) : sql`select`})
    select id from saved`;
  return new Set(saved.map(({ id }) => id));
};

const deleteProduct = async (tx: TransactionSql, id: string, event: NewEvent): Promise<void> => {
  await tx`
    with removed as (
      delete from products where id = ${id} returning id
    ), audited as (${auditRows(tx, tx`select id::text from removed`)})
    insert into outbox (event_id, type, key, data, traceparent)
    select event_id, type, key, data, traceparent from ${eventRows(tx, [event])}
    where key in (select id::text from removed)`;
};
