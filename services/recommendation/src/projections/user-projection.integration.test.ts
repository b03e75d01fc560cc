import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { publisher } from '../testing/events.ts';
import { type Projected, testProjected, testScoring } from '../testing/projected.ts';

const mug = '0198c1de-3b00-7000-8000-0000000000a1';

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
  expect(await score()).toMatchObject({ weight: 3, log_weight: expect.closeTo(latest, 9) });
});

test('is not moved by accounts that come, change and go', async () => {
  const { activity, userState, userDeleted } = publisher();
  const user = '0198c1de-3b00-7000-8000-000000000001';
  await projected.apply([
    userState(user, 1),
    activity({ user_id: user, product_id: mug }),
    userState(user, 2),
    userDeleted(user, 3),
  ]);
  expect(await projected.db.sql`select product_id, weight from products`).toEqual([
    { product_id: mug, weight: 1 },
  ]);
});
