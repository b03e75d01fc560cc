import { amountMinorMax, nullable, stockMax } from '@souk/contracts/fields.ts';
import {
  brandLengthMax,
  categoryLengthMax,
  descriptionLengthMax,
  productNameLengthMax,
  skuLengthMax,
  skuPattern,
} from '@souk/contracts/product-updates.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { time, uuid } from '@souk/service-kit/http/fields.ts';
import { Money, toMajor } from '@souk/service-kit/money.ts';
import type { Product } from './product.ts';

const name = Type.String({
  minLength: 1,
  maxLength: productNameLengthMax,
  pattern: '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$',
  description: 'not blank',
});
const price = Money({
  maximumMinor: amountMinorMax,
  decimals: 4,
  description: 'major units, with no more decimals than the currency has (ISO 4217)',
});
const sku = Type.String({
  minLength: 1,
  maxLength: skuLengthMax,
  pattern: skuPattern,
  description: "the shop's own key, unique; no space at its ends",
});
const stock = Type.Integer({ minimum: 0, maximum: stockMax });
const optionalText = (maxLength: number) =>
  Type.Optional(nullable(Type.String({ maxLength, description: 'a blank text counts as null' })));

const optionalFields = {
  sku: Type.Optional(nullable(sku)),
  description: optionalText(descriptionLengthMax),
  brand: optionalText(brandLengthMax),
  category: optionalText(categoryLengthMax),
  currency: Type.Optional(
    Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217; a new product has USD' }),
  ),
  stock: Type.Optional(nullable(stock)),
};

/** The body that creates a product. */
export const CreateProduct = Type.Object({ name, price, ...optionalFields }, { additionalProperties: false });

/** The given fields of a product: the body of an update, and one item of a batch. */
export const ChangeProduct = Type.Object(
  { name: Type.Optional(name), price: Type.Optional(price), ...optionalFields },
  { additionalProperties: false },
);

/** A product as this service shows it. */
export const ProductView = Type.Object({
  id: uuid(),
  sku: nullable(Type.String()),
  name: Type.String(),
  description: nullable(Type.String()),
  brand: nullable(Type.String()),
  category: nullable(Type.String()),
  price: Type.Number({ minimum: 0, multipleOf: 0.0001, description: 'major units of the currency' }),
  currency: Type.String(),
  stock: nullable(Type.Integer({ description: 'null means unlimited' })),
  version: Type.Integer({ minimum: 1 }),
  created_at: time(),
  updated_at: time(),
});

export const viewProduct = (product: Product): Static<typeof ProductView> => ({
  id: product.id,
  sku: product.sku,
  name: product.name,
  description: product.description,
  brand: product.brand,
  category: product.category,
  price: toMajor(product.priceMinor, product.currency),
  currency: product.currency,
  stock: product.stock,
  version: product.version,
  created_at: product.createdAt.toISOString(),
  updated_at: product.updatedAt.toISOString(),
});
