import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';
import { expect, test } from 'vitest';
import { latestEntries } from './catalogue.ts';

type ProductEvent = DecodedEvent<typeof productUpdates>;

const productId = '0198c1de-3b00-7000-8000-0000000000a1';
const state = {
  product_id: productId,
  version: 1,
  name: 'Mug',
  category: 'Home',
  price_minor: 1250,
  currency: 'USD',
  stock: null,
};
const event = (type: ProductEvent['type'], data: object) => ({ type, data }) as ProductEvent;
const updated = (change: object) => event('product.updated.v1', { ...state, ...change });

test('takes a product for available unless its stock is used up', () => {
  const available = (stock: number | null) => latestEntries([updated({ stock })])[0]?.available;
  expect([null, 1, 0, -3].map(available)).toEqual([true, true, false, false]);
});

test('keeps of a deleted product its version and nothing else', () => {
  expect(latestEntries([event('product.deleted.v1', { product_id: productId, version: 7 })])).toEqual([
    {
      productId,
      version: 7,
      name: null,
      priceMinor: null,
      currency: null,
      category: null,
      available: false,
    },
  ]);
});

test('takes the highest version of each product, whatever the order', () => {
  const other = '0198c1de-3b00-7000-8000-0000000000ff';
  const events = [
    updated({ version: 3, name: 'three' }),
    updated({ version: 9, name: 'nine', product_id: other }),
    updated({ version: 5, name: 'five' }),
    updated({ version: 4, name: 'four' }),
  ];
  expect(latestEntries(events).map(({ name, version }) => [name, version])).toEqual([
    ['five', 5],
    ['nine', 9],
  ]);
});
