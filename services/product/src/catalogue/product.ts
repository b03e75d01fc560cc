import { amountMinorMax } from '@souk/contracts/fields.ts';
import { type NewEvent, newEvent } from '@souk/contracts/new-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { toMajor, toMinor } from '@souk/service-kit/money.ts';
import { invalidRequest } from '@souk/service-kit/problem.ts';

/** What a shop says about a product. An absent text is null, never empty. */
interface ProductFields {
  /** The shop's own key, unique in the catalogue. */
  sku: string | null;
  name: string;
  description: string | null;
  brand: string | null;
  category: string | null;
  /** Minor units of `currency` (cents; see minorDecimalsOf), 0 or more. */
  priceMinor: number;
  /** ISO 4217. */
  currency: string;
  /** null: unlimited. */
  stock: number | null;
}

export interface Product extends ProductFields {
  id: string;
  /** 1 when it was created, one more with every change. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * The fields that a request names; the others stay as they are. The price may be given in major units: which amounts
 * there are depends on the currency, which the product may have already.
 */
export type GivenFields = Partial<ProductFields> & { price?: number };
/** What a new product needs at least. */
export type NewProduct = GivenFields & { name: string } & ({ price: number } | { priceMinor: number });

/** A new state and the event that tells of it. */
export interface ProductChange {
  product: Product;
  event: NewEvent;
}

/** What a rule cannot make itself. */
export interface ChangeMeta {
  eventId: string;
  now: Date;
}

const defaults = { sku: null, description: null, brand: null, category: null, currency: 'USD', stock: null };

/**
 * A product's first version. The given fields are valid ones (see product-schemas.ts). Throws a 400 problem for a price
 * that the currency cannot have.
 */
export const createProduct = (
  given: NewProduct,
  { productId, eventId, now }: ChangeMeta & { productId: string },
): ProductChange => {
  const fields: ProductFields = {
    ...defaults,
    priceMinor: 0,
    ...withoutBlanks(inMinorUnits(given, defaults.currency)),
    name: given.name,
  };
  const product = { id: productId, ...fields, version: 1, createdAt: now, updatedAt: now };
  return { product, event: newEvent(productUpdates, 'product.created.v1', eventId, publicState(product)) };
};

/**
 * The product with the given fields and its next version; undefined when nothing would be different. With another
 * currency alone the price stays the same number of major units. Throws as `createProduct` does.
 */
export const changeProduct = (
  product: Product,
  given: GivenFields,
  { eventId, now }: ChangeMeta,
): ProductChange | undefined => {
  const { currency } = product;
  const isMoved =
    given.currency !== undefined && given.currency !== currency && given.priceMinor === undefined;
  const price = given.price ?? (isMoved ? toMajor(product.priceMinor, currency) : undefined);
  const fields = withoutBlanks(inMinorUnits(price === undefined ? given : { ...given, price }, currency));
  const names = Object.keys(fields) as (keyof ProductFields)[];
  if (names.every((name) => fields[name] === product[name])) return undefined;
  const next = { ...product, ...fields, version: product.version + 1, updatedAt: now };
  return { product: next, event: newEvent(productUpdates, 'product.updated.v1', eventId, publicState(next)) };
};

/** The event of a product's end, with the version after its last one. */
export const removeProduct = (product: Product, { eventId, now }: ChangeMeta): NewEvent =>
  newEvent(productUpdates, 'product.deleted.v1', eventId, {
    product_id: product.id,
    version: product.version + 1,
    deleted_at: now.toISOString(),
  });

/** The fields with the price in minor units of their currency, or of `present` when they name none. */
const inMinorUnits = ({ price, ...fields }: GivenFields, present: string): Partial<ProductFields> => {
  if (price === undefined) return fields;
  try {
    const priceMinor = toMinor(price, fields.currency ?? present);
    if (priceMinor > amountMinorMax) throw new RangeError('is too large an amount');
    return { ...fields, priceMinor };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidRequest('price', [{ field: 'price', message: error.message }]);
  }
};

/** Forms send a field that was left empty as a blank text: for the optional texts that means none. */
const withoutBlanks = <T extends Partial<ProductFields>>(given: T): T => {
  const fields = { ...given };
  for (const name of ['description', 'brand', 'category'] as const)
    if (fields[name]?.trim() === '') fields[name] = null;
  return fields;
};

const publicState = (product: Product) => ({
  product_id: product.id,
  version: product.version,
  sku: product.sku,
  name: product.name,
  description: product.description,
  brand: product.brand,
  category: product.category,
  price_minor: product.priceMinor,
  currency: product.currency,
  stock: product.stock,
  created_at: product.createdAt.toISOString(),
  updated_at: product.updatedAt.toISOString(),
});
