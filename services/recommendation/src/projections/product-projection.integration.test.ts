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

test('counts a line of an order as one purchase at its time, whatever the quantity', async () => {
  const { purchase, activity } = publisher();
  const vase = '0198c1de-3b00-7000-8000-0000000000a2';
  const occurred_at = '2026-03-01T12:00:00.000Z';
  await projected.apply([
    purchase({ product_id: mug, quantity: 40, occurred_at }),
    activity({ product_id: vase, type: 'purchase', occurred_at }),
  ]);

  const scores = await projected.db.sql`select weight, log_weight from products order by product_id`;
  expect(scores).toHaveLength(2);
  expect(scores[0]).toEqual(scores[1]);
  expect(scores[0]).toMatchObject({ weight: 5 });
});

test('counts orders of a product before, in and after the batches that tell of it', async () => {
  const { product, productDeleted, purchase } = publisher();
  let orders = 0;
  const order = () => purchase({ product_id: mug, order_uid: `order-${++orders}` });
  await projected.apply([order()]);
  expect(await row()).toMatchObject({ version: 0, name: null, available: false, weight: 5 });
  await projected.apply([order(), product({ product_id: mug, name: 'Mug' })]);
  expect(await row()).toMatchObject({ version: 1, name: 'Mug', available: true, weight: 10 });
  await projected.apply([productDeleted(mug, 2), order()]);
  await projected.apply([order()]);
  expect(await row()).toMatchObject({ version: 2, name: null, available: false, weight: 20 });
});

test('counts an order that is delivered again once', async () => {
  const line = publisher().purchase({ product_id: mug });
  await projected.apply([line]);
  await projected.apply([line, line]);
  expect(await row()).toMatchObject({ weight: 5 });
});

test('meets activity in the same products, in the opposite order, without either failing', async () => {
  const side = await testProjected({ poolMax: 2 });
  const { product, purchase, activity } = publisher();
  // All ids are on one partition of each topic, as they end alike.
  const ids = Array.from(
    { length: 300 },
    (_, n) => `0198c1de-3b00-7000-8000-${String(n).padStart(11, '0')}a`,
  );
  /** On one partition, too. */
  const userOf = (index: number, round: number) =>
    `0198c1de-3b00-7000-8000-${String(1_000 * round + index).padStart(11, '0')}b`;
  try {
    for (let round = 1; round <= 10; round++)
      await Promise.all([
        side.apply(
          ids.flatMap((product_id, index) =>
            index % 2 === 0
              ? product({ product_id, version: round })
              : purchase({ product_id, order_uid: `${round}-${product_id}` }),
          ),
        ),
        side.apply(
          ids
            .toReversed()
            .map((product_id, index) => activity({ product_id, user_id: userOf(index, round) })),
        ),
      ]);
    const [sum] = await side.db
      .sql`select sum(weight) as weight, sum(version)::float8 as version from products`;
    expect(sum).toEqual({ weight: 10 * (300 + 150 * 5), version: 150 * 10 });
  } finally {
    await side.close();
  }
});

test('a rebuild empties every table that is made out of events', async () => {
  const rows = await projected.db.sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = current_schema()
    except select name from projection_tables order by name`;
  expect(rows.map(({ name }) => name)).toEqual([
    'consumer_positions',
    'dead_letters',
    'projection_generation',
    'projection_tables',
    'schema_migrations',
  ]);
});
