import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { publisher } from '../testing/events.ts';
import { type Projected, testProjected } from '../testing/projected.ts';

const mug = '0198c1de-3b00-7000-8000-0000000000a1';

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected();
});
beforeEach(() => projected.clear());
afterAll(() => projected.close());

const row = async () => {
  const [found] = await projected.db.sql`
    select version, name, price_minor, currency, category, available, weight from products where product_id = ${mug}`;
  return found;
};

test('keeps what an answer shows of a product', async () => {
  const { product } = publisher();
  await projected.apply([
    product({
      product_id: mug,
      name: 'A "fine", {mug}\\',
      category: 'Küche',
      price_minor: 295,
      currency: 'EUR',
    }),
  ]);
  expect(await row()).toMatchObject({
    version: 1,
    name: 'A "fine", {mug}\\',
    category: 'Küche',
    price_minor: 295,
    currency: 'EUR',
    available: true,
  });
});

test('never puts an older state over a newer one, in one batch or in several', async () => {
  const { product, productDeleted } = publisher();
  const version = (version: number) => product({ product_id: mug, version, name: `version ${version}` });
  await projected.apply([version(3), version(2)]);
  expect(await row()).toMatchObject({ name: 'version 3' });
  await projected.apply([version(1)]);
  await projected.apply([version(3)]);
  expect(await row()).toMatchObject({ name: 'version 3', version: 3 });

  await projected.apply([productDeleted(mug, 5)]);
  await projected.apply([version(4)]);
  expect(await row()).toMatchObject({ name: null, version: 5, available: false });
});

test('keeps the score of a product through every change of its state', async () => {
  const { activity, product, productDeleted } = publisher();
  await projected.apply([product({ product_id: mug }), activity({ product_id: mug, type: 'like' })]);
  await projected.apply([product({ product_id: mug, version: 2, stock: 0 })]);
  expect(await row()).toMatchObject({ version: 2, available: false, weight: 2 });
  await projected.apply([productDeleted(mug, 3), activity({ product_id: mug, type: 'like' })]);
  expect(await row()).toMatchObject({ version: 3, available: false, weight: 4 });
});
