import { versionMismatch } from '@souk/service-kit/http/etag.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { problem } from '@souk/service-kit/problem.ts';
import { v7 as uuidv7 } from 'uuid';
import {
  changeProduct,
  createProduct,
  type GivenFields,
  type NewProduct,
  type Product,
  removeProduct,
} from './product.ts';
import {
  contended,
  decideUpsert,
  rejectRepeatedSkus,
  type UpsertDecision,
  type UpsertItem,
  type UpsertOutcome,
  upsertOutcome,
} from './product-batch.ts';
import { productRepository, skuTaken } from './product-repository.ts';

export type Catalogue = ReturnType<typeof createCatalogue>;

/** Each round that does not save everything has lost a race to a request that did. */
const upsertRoundsMax = 5;

/** The use cases of the catalogue. `onCommitted` is called after every commit that may have written events. */
export const createCatalogue = ({ db, onCommitted }: { db: Database; onCommitted: () => void }) => {
  const products = productRepository(db);

  return {
    /** Throws the problem 409 `sku_taken`. */
    create: async (given: NewProduct): Promise<Product> => {
      const change = createProduct(given, newChangeMeta());
      if (!(await products.create(change))) throw skuTaken();
      onCommitted();
      return change.product;
    },

    /** Throws the problem 404 `product_not_found`. */
    find: async (id: string): Promise<Product> => found(await products.find(id)),

    /**
     * Sets the given fields; nothing happens when they are what they were. Throws the problems 404
     * `product_not_found`, 409 `sku_taken` and, for another version than the expected one, 412.
     */
    change: async (id: string, given: GivenFields, expectedVersion?: number): Promise<Product> => {
      const isExpected = versionCheck(expectedVersion);
      const { before, after } = found(
        await products.update(id, (product) =>
          isExpected(product) ? changeProduct(product, given, newChangeMeta()) : undefined,
        ),
      );
      if (!isExpected(before)) throw versionMismatch(before.version);
      onCommitted();
      return after;
    },

    /** Throws the problems 404 `product_not_found` and, for another version than the expected one, 412. */
    remove: async (id: string, expectedVersion?: number): Promise<void> => {
      const isExpected = versionCheck(expectedVersion);
      const product = found(
        await products.remove(id, (product) =>
          isExpected(product) ? removeProduct(product, newChangeMeta()) : undefined,
        ),
      );
      if (!isExpected(product)) throw versionMismatch(product.version);
      onCommitted();
    },

    /** Creates or changes by sku, each item on its own. Sending the same items with skus again changes nothing. */
    upsert: async (items: readonly UpsertItem[]): Promise<UpsertOutcome> => {
      const { kept, rejected } = rejectRepeatedSkus(items);
      const decided: UpsertDecision[] = [];
      let pending = kept;
      for (let round = 1; pending.length > 0 && round <= upsertRoundsMax; round++) {
        const skus = pending.flatMap(({ given }) => given.sku ?? []);
        const outcomes = await products.upsert(skus, (bySku) =>
          pending.map((item) => decideUpsert(item, productOf(item, bySku), newChangeMeta())),
        );
        onCommitted();
        decided.push(...outcomes.filter(({ saved }) => saved).map(({ decision }) => decision));
        pending = outcomes.filter(({ saved }) => !saved).map(({ decision }) => decision.item);
      }
      return upsertOutcome(decided, [...rejected, ...pending.map(({ index }) => contended(index))]);
    },
  };
};

const newChangeMeta = () => ({ productId: uuidv7(), eventId: uuidv7(), now: new Date() });

const versionCheck =
  (expected: number | undefined) =>
  ({ version }: Product): boolean =>
    expected === undefined || version === expected;

const productOf = ({ given }: UpsertItem, bySku: ReadonlyMap<string | null, Product>) =>
  given.sku == null ? undefined : bySku.get(given.sku);

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw problem(404, 'product_not_found', 'there is no product with this id');
  return value;
};
