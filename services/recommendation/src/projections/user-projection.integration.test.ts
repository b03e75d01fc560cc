import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { publisher } from '../testing/events.ts';
import { type Projected, testProjected, testScoring } from '../testing/projected.ts';

const mug = '0198c1de-3b00-7000-8000-0000000000a1';
const user = '0198c1de-3b00-7000-8000-000000000001';

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected();
});
beforeEach(() => projected.clear());
afterAll(() => projected.close());

const score = async () => {
  const [row] = await projected.db
    .sql`select version, available, weight, log_weight from products where product_id = ${mug}`;
  return row;
};

test('counts activity about a product that is not known yet, and shows the product once it is', async () => {
  const { activity, product } = publisher();
  await projected.apply([activity({ product_id: mug, type: 'purchase', quantity: 40 })]);
  expect(await score()).toMatchObject({ version: 0, available: false, weight: 5 });

  await projected.apply([product({ product_id: mug })]);
  expect(await score()).toMatchObject({ version: 1, available: true, weight: 5 });
});

test('counts an event that is delivered again once', async () => {
  const view = publisher().activity({ product_id: mug });
  await projected.apply([view]);
  await projected.apply([view, view]);
  expect(await score()).toMatchObject({ weight: 1 });
});

test('adds up activity that lies centuries apart', async () => {
  const { activity } = publisher();
  for (const occurred_at of ['0001-01-01T00:00:00Z', '2026-03-01T12:00:00Z', '1969-12-31T23:59:59.999Z'])
    await projected.apply([activity({ product_id: mug, user_id: mug, occurred_at })]);
  const latest = (Math.LN2 / testScoring.halfLifeMs) * Date.parse('2026-03-01T12:00:00Z');
  expect(await score()).toMatchObject({ weight: 3, log_weight: expect.closeTo(latest, 5) });
});

test('is not moved by accounts that come and change', async () => {
  const { activity, userState } = publisher();
  await projected.apply([
    userState(user, 1),
    activity({ user_id: user, product_id: mug }),
    userState(user, 2),
  ]);
  expect(await score()).toMatchObject({ weight: 1 });
});

test('damps repeats: 300 views of one user weigh like a few', async () => {
  const { activity } = publisher();
  const views = Array.from({ length: 300 }, (_, second) =>
    activity({ user_id: user, product_id: mug, occurred_at: new Date(second * 1_000).toISOString() }),
  );
  await projected.apply(views.slice(0, 150));
  await projected.apply(views.slice(150));
  expect(await score()).toMatchObject({ weight: 3 });
});

const rows = async () => {
  const { sql } = projected.db;
  const [counts] = await sql`
    select (select count(*) from products) as products, (select count(*) from product_shoppers) as product_shoppers,
      (select count(*) from shoppers where history is not null) as histories`;
  return counts;
};

test('leaves nothing of a deleted user in any table, whichever topic the news come on first', async () => {
  const { activity, purchase, userDeleted } = publisher();
  const vase = '0198c1de-3b00-7000-8000-0000000000a2';
  const early = [
    activity({ user_id: user, product_id: mug }),
    purchase({ user_id: user, product_id: vase }),
    activity({ user_id: user, product_id: vase }),
  ];
  await projected.apply(early);
  expect(await rows()).toEqual({ products: 2, product_shoppers: 2, histories: 1 });
  await projected.apply([userDeleted(user, 3)]);
  expect(await rows()).toEqual({ products: 0, product_shoppers: 0, histories: 0 });
  await projected.apply([purchase({ user_id: user, product_id: mug, order_uid: 'late' })]);
  expect(await rows()).toEqual({ products: 0, product_shoppers: 0, histories: 0 });
});

test('takes back what a purchase gave when all of its line is returned, and nothing of another', async () => {
  const { purchase, returned, activity } = publisher();
  const [bought, boughtAgain] = ['2026-03-01T12:00:00.000Z', '2026-03-02T12:00:00.000Z'];
  await projected.apply([
    activity({ user_id: user, product_id: mug }),
    purchase({ user_id: user, product_id: mug, occurred_at: bought, quantity: 2 }),
    purchase({ user_id: user, product_id: mug, occurred_at: boughtAgain, order_uid: 'order-2' }),
  ]);
  const line = { user_id: user, product_id: mug, purchased_at: bought };
  await projected.apply([returned({ ...line, remaining_quantity: 1 })]);
  expect(await score()).toMatchObject({ weight: 11 });
  await projected.apply([returned({ ...line, remaining_quantity: 0 })]);
  expect(await score()).toMatchObject({ weight: 6 });
  // Of a user erased since, the return names nobody: it finds nothing.
  await projected.apply([returned({ ...line, user_id: null, purchased_at: boughtAgain })]);
  expect(await score()).toMatchObject({ weight: 6 });
});
