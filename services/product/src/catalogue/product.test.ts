import { decimalsOf } from '@souk/contracts/currency.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeProduct, createProduct, type GivenFields, type Product, removeProduct } from './product.ts';

const text = (maxLength = 20) => fc.string({ unit: 'grapheme', minLength: 1, maxLength });
const optionalText = fc.option(fc.oneof(text(), fc.constantFrom('', ' ', '\n\t')));
const required = {
  name: text(),
  priceMinor: fc.integer({ min: 0, max: 1_000_000_000_000 }),
};
const optional = {
  sku: fc.option(text()),
  description: optionalText,
  brand: optionalText,
  category: optionalText,
  // With other decimals a change of the currency moves the price, or is refused.
  currency: fc.stringMatching(/^[A-Z]{3}$/).filter((currency) => decimalsOf(currency) === 2),
  stock: fc.option(fc.integer({ min: 0, max: 1_000_000_000 })),
};
const newProducts = fc.record({ ...required, ...optional }, { requiredKeys: ['name', 'priceMinor'] });
const givenFields = fc.record({ ...required, ...optional }, { requiredKeys: [] });

const productId = '0198c1de-3b00-7000-8000-0000000000a1';
const eventId = '0198c1de-3b00-7000-8000-0000000000e1';
const createdAt = new Date('2026-03-01T08:00:00.000Z');
const later = { eventId, now: new Date('2026-03-02T08:00:00.000Z') };
const create = (given: Parameters<typeof createProduct>[0]) =>
  createProduct(given, { productId, eventId, now: createdAt });

/** The field as it is stored. */
const stored = (name: string, value: unknown) =>
  ['description', 'brand', 'category'].includes(name) && typeof value === 'string' && value.trim() === ''
    ? null
    : value;

const defaults = { sku: null, description: null, brand: null, category: null, currency: 'USD', stock: null };

test('a new product has the given fields, defaults for the others, and version 1', () => {
  fc.assert(
    fc.property(newProducts, (given) => {
      const { product } = create(given);
      for (const name of Object.keys({ ...defaults, ...given }) as (keyof Product)[])
        expect(product[name]).toBe(stored(name, { ...defaults, ...given }[name as 'name']));
      expect(product).toMatchObject({ id: productId, version: 1, createdAt, updatedAt: createdAt });
    }),
  );
});

test('an update sets the given fields alone, and counts one version for any difference', () => {
  fc.assert(
    fc.property(newProducts, givenFields, (given, changes) => {
      const { product } = create(given);
      const change = changeProduct(product, changes, later);
      const expected = { ...product };
      for (const [name, value] of Object.entries(changes))
        Object.assign(expected, { [name]: stored(name, value) });
      const differs = JSON.stringify(expected) !== JSON.stringify(product);
      if (!differs) return expect(change).toBeUndefined();
      expect(change?.product).toEqual({ ...expected, version: 2, updatedAt: later.now });
    }),
  );
});

test('the same update again changes nothing', () => {
  fc.assert(
    fc.property(newProducts, givenFields, (given, changes) => {
      const { product } = create(given);
      const once = changeProduct(product, changes, later)?.product ?? product;
      expect(changeProduct(once, changes, later)).toBeUndefined();
    }),
  );
});

test('every event carries the state it came with, whole', () => {
  fc.assert(
    fc.property(newProducts, givenFields, (given, changes) => {
      const created = create(given);
      const updated = changeProduct(created.product, changes, later);
      for (const change of [created, ...(updated ? [updated] : [])]) {
        const { id, priceMinor, createdAt: from, updatedAt: to, ...same } = change.product;
        expect(change.event).toEqual({
          id: eventId,
          type: change === created ? 'product.created.v1' : 'product.updated.v1',
          key: id,
          data: {
            ...same,
            product_id: id,
            price_minor: priceMinor,
            created_at: from.toISOString(),
            updated_at: to.toISOString(),
          },
        });
      }
    }),
  );
});

test('neither rule touches what it was given', () => {
  const given: GivenFields & { name: string; priceMinor: number } = { name: 'a', priceMinor: 1, brand: ' ' };
  const { product } = create(Object.freeze(given));
  changeProduct(Object.freeze(product), Object.freeze({ name: 'b', category: '' }), later);
  expect(given.brand).toBe(' ');
});

test('a removal is the version after the last', () => {
  const { product } = create({ name: 'a', priceMinor: 1 });
  expect(removeProduct({ ...product, version: 7 }, later)).toEqual({
    id: eventId,
    type: 'product.deleted.v1',
    key: productId,
    data: { product_id: productId, version: 8, deleted_at: '2026-03-02T08:00:00.000Z' },
  });
});
