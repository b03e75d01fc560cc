import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activityData, purchaseData, returnData } from '../testing/events.ts';
import { testId } from '../testing/messages.ts';
import { type Activity, type Rollup, rollUp } from './rollup.ts';
import { noSales } from './sales.ts';

describe('rollUp', () => {
  test('adds an activity to the minute in which it happened', () => {
    const { activity } = rollUp({ activities: [activityData(1, 'view', '2026-03-01T09:47:12.345Z')] });

    expect(activity).toEqual([{ minuteMs: Date.parse('2026-03-01T09:47:00Z'), type: 'view', count: 1 }]);
  });

  test('counts an activity under the type that it is told to', () => {
    const { activity, userActivity } = rollUp(
      { activities: [activityData(1, 'share', '2026-03-01T09:47:00.000Z')] },
      { countedAs: () => 'other' },
    );

    expect(activity).toMatchObject([{ type: 'other' }]);
    expect(userActivity).toMatchObject([{ type: 'other' }]);
  });

  test('counts each type in its metric of the product', () => {
    const types = ['view', 'view', 'like', 'add_to_cart', 'purchase'];
    const { products } = rollUp({
      activities: types.map((type) => activityData(1, type, '2026-03-01T09:47:00.000Z', { product: 7 })),
    });

    expect(products).toEqual([
      {
        minuteMs: Date.parse('2026-03-01T09:47:00Z'),
        productId: testId('product', 7),
        currency: '',
        views: 2,
        likes: 1,
        carts: 1,
        purchases: 1,
        units: 1,
        returnedUnits: 0,
        grossMinor: 0n,
        refundedMinor: 0n,
      },
    ]);
  });

  test('takes a purchase without a quantity for one unit, and one without a price for free', () => {
    const at = '2026-03-01T09:47:00.000Z';
    const purchases = [{ unitPriceMinor: 250 }, { quantity: 3 }, { quantity: 2, unitPriceMinor: 199 }];
    const { sales } = rollUp({
      activities: purchases.map((purchase) => activityData(1, 'purchase', at, { product: 7, ...purchase })),
    });

    expect(sales).toMatchObject([{ purchases: 3, units: 6, currency: 'USD', grossMinor: 250n + 398n }]);
  });

  test.each([
    ['JPY', 1_250n],
    ['USD', 1_250n],
    ['KWD', 12_500n],
    ['CLF', 125_000n],
  ])(
    'takes the price of an activity for hundredths, and keeps it in the minor unit of %s',
    (currency, grossMinor) => {
      const at = '2026-03-01T09:47:00.000Z';
      const rollup = rollUp(
        { activities: [activityData(1, 'purchase', at, { product: 7, unitPriceMinor: 1_250 })] },
        { currency },
      );

      expect(rollup.sales).toMatchObject([{ currency, grossMinor }]);
      expect(rollup.products).toMatchObject([{ currency: '' }, { currency, grossMinor }]);
      expect(rollup.userRevenue).toMatchObject([{ currency, grossMinor }]);
    },
  );

  test('takes the price of an order for minor units, whatever the currency of activities', () => {
    const line = { currency: 'KWD', unitPriceMinor: 1_234 };
    const { sales } = rollUp(
      { purchases: [purchaseData(7, '2026-03-01T09:47:00.000Z', line)] },
      { currency: 'KWD' },
    );

    expect(sales).toMatchObject([{ currency: 'KWD', grossMinor: 1_234n }]);
  });

  test('counts a purchase that names no product in the sales of the shop', () => {
    const { sales, products } = rollUp({
      activities: [
        activityData(1, 'purchase', '2026-03-01T09:47:00.000Z', { quantity: 2, unitPriceMinor: 5 }),
      ],
    });

    expect(sales[0]).toMatchObject({ purchases: 1, units: 2, grossMinor: 10n });
    expect(products).toEqual([]);
  });

  test('keeps revenue exact where doubles are not', () => {
    const { sales } = rollUp({
      activities: [
        activityData(1, 'purchase', '2026-03-01T09:47:00.000Z', {
          quantity: 999_999,
          unitPriceMinor: 999_999_999_999,
        }),
        activityData(1, 'purchase', '2026-03-01T09:47:00.000Z', { unitPriceMinor: 1 }),
      ],
    });

    expect(sales[0]?.grossMinor).toBe(999_999n * 999_999_999_999n + 1n);
  });

  test('counts a type of the client only by its type, whatever it is called', () => {
    for (const type of ['share', 'constructor', 'views']) {
      const rollup = rollUp({
        activities: [activityData(1, type, '2026-03-01T09:47:00.000Z', { product: 7 })],
      });

      expect(rollup.activity).toHaveLength(1);
      expect(rollup.products).toEqual([]);
      expect(rollup.userProducts).toMatchObject([{ interactions: 1, purchases: 0 }]);
    }
  });

  test('counts a line of an order as a purchase, only not among the activities', () => {
    const at = '2026-03-01T09:47:00.000Z';
    const line = { quantity: 3, unitPriceMinor: 199 };
    const ordered = rollUp({ purchases: [purchaseData(7, at, { user: 1, ...line })] });
    const recorded = rollUp({ activities: [activityData(1, 'purchase', at, { product: 7, ...line })] });

    expect(ordered).toEqual({ ...recorded, activity: [] });
  });

  test('counts a line of an order for nobody when its customer is no user', () => {
    const rollup = rollUp({
      purchases: [purchaseData(7, '2026-03-01T09:47:00.000Z', { unitPriceMinor: 5 })],
    });

    expect(rollup).toMatchObject({ activity: [], activeUsers: [], userActivity: [], userProducts: [] });
    expect(rollup.sales).toMatchObject([{ purchases: 1, units: 1, grossMinor: 5n }]);
    expect(rollup.products).toMatchObject([
      { purchases: 1, units: 1, currency: '' },
      { purchases: 0, currency: 'USD', grossMinor: 5n },
    ]);
  });

  test('never adds amounts of several currencies, and takes a return out at its own time', () => {
    const [bought, returned] = ['2026-03-01T09:47:00.000Z', '2026-03-09T10:00:00.000Z'];
    const line = (currency: string, at: string) => ({
      ...purchaseData(7, at, { user: 1, quantity: 2, unitPriceMinor: 5 }),
      currency,
    });
    const rollup = rollUp({
      purchases: [line('USD', bought), line('EUR', bought)],
      returns: [returnData(line('EUR', bought), returned, 1)],
    });

    const [then, later] = [bought, returned].map((at) => Date.parse(at));
    expect(rollup.sales).toEqual([
      { minuteMs: then, currency: 'USD', ...noSales, purchases: 1, units: 2, grossMinor: 10n },
      { minuteMs: then, currency: 'EUR', ...noSales, purchases: 1, units: 2, grossMinor: 10n },
      { minuteMs: later, currency: 'EUR', ...noSales, returnedUnits: 1, refundedMinor: 5n },
    ]);
    expect(rollup.userRevenue).toMatchObject([
      { currency: 'USD', grossMinor: 10n, refundedMinor: 0n },
      { currency: 'EUR', grossMinor: 10n, refundedMinor: 5n },
    ]);
    expect(rollup.userActivity).toMatchObject([{ type: 'purchase', count: 2, lastSeenMs: then }]);
  });

  test('gives at most one row per key, whatever the order of the activities', () => {
    const batch = fc.array(activity, { maxLength: 40, size: 'max' });
    const shuffled = batch.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const rollup = rollUp({ activities: list });
        expect(sorted(rollUp({ activities: other }))).toEqual(sorted(rollup));
        for (const rows of Object.values(keys(rollup))) expect(new Set(rows).size).toBe(rows.length);
      }),
    );
  });

  test('counts every activity once, by type and by user', () => {
    fc.assert(
      fc.property(fc.array(activity, { maxLength: 40, size: 'max' }), (list) => {
        const rollup = rollUp({ activities: list });
        for (const counts of [rollup.activity, rollup.userActivity])
          expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
      }),
    );
  });
});

const activity: fc.Arbitrary<Activity> = fc
  .record({
    user: fc.nat(3),
    type: fc.constantFrom('view', 'like', 'add_to_cart', 'purchase', 'share'),
    minute: fc.nat(2_000),
    product: fc.option(fc.nat(3)),
    quantity: fc.option(fc.integer({ min: 1, max: 9 })),
  })
  .map(({ user, type, minute, product, quantity }) =>
    activityData(user, type, new Date(Date.UTC(2026, 2, 1) + minute * 60_000 + 1).toISOString(), {
      product,
      quantity,
      unitPriceMinor: 100,
    }),
  );

const keys = (rollup: Rollup): Record<string, string[]> => ({
  products: rollup.products.map((row) => `${row.minuteMs} ${row.productId} ${row.currency}`),
  sales: rollup.sales.map((row) => `${row.minuteMs} ${row.currency}`),
  activity: rollup.activity.map((row) => `${row.minuteMs} ${row.type}`),
  activeUsers: rollup.activeUsers.map((row) => `${row.minuteMs} ${row.userId}`),
  userActivity: rollup.userActivity.map((row) => `${row.userId} ${row.type}`),
  userProducts: rollup.userProducts.map((row) => `${row.userId} ${row.productId}`),
  userRevenue: rollup.userRevenue.map((row) => `${row.userId} ${row.currency}`),
});

const sorted = (rollup: Rollup): string[][] =>
  Object.values(rollup).map((rows: object[]) =>
    rows
      .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}` : value)))
      .sort(),
  );
