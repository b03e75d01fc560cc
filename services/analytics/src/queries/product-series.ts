import { column } from './bucket-in.ts';
import { amountsOf, type RevenueByCurrency, sumOfAmounts } from './revenue.ts';
import { timeTexts } from './time-texts.ts';

/** Columns in JSON, which JavaScript reads much faster than a row for each bucket; null without any. */
export interface ProductColumns {
  /** The places of buckets, from 1, then each count of them in the order of an answer. */
  counts: (number[] | null)[];
  money: [places: number[], currencies: string[], grossMinor: string[], refundedMinor: string[]] | null[];
}

/** The figures of all buckets together, and of each, in order. `own` is the shop's currency. */
export const productSeries = (buckets: readonly Date[], columns: ProductColumns, own: string) => {
  const [places, ...counted] = columns.counts;
  const [views, likes, carts, purchases, units, returnedUnits] = counted.map((values) =>
    column(buckets.length, places ?? [], values ?? [], 0),
  ) as Six<number[]>;
  const money = moneyColumns(buckets.length, columns.money);
  const revenueAt = (place: number): RevenueByCurrency => {
    const revenue: RevenueByCurrency = {};
    for (const [currency, gross, refunded] of money) {
      const both = [gross[place] as string, refunded[place] as string] as const;
      if (both[0] !== '0' || both[1] !== '0') revenue[currency] = amountsOf(...both, currency);
    }
    return revenue;
  };
  const totalRevenue: RevenueByCurrency = {};
  for (const [currency, gross, refunded] of money)
    totalRevenue[currency] = amountsOf(sumOfAmounts(gross), sumOfAmounts(refunded), currency);
  return {
    totals: {
      views: sum(views),
      likes: sum(likes),
      carts: sum(carts),
      purchases: sum(purchases),
      units: sum(units),
      returned_units: sum(returnedUnits),
      revenue: totalRevenue[own]?.net ?? 0,
      revenue_by_currency: totalRevenue,
    },
    items: timeTexts(buckets).map((bucket, place) => {
      const revenue = revenueAt(place);
      return {
        bucket,
        views: views[place] as number,
        likes: likes[place] as number,
        carts: carts[place] as number,
        purchases: purchases[place] as number,
        units: units[place] as number,
        returned_units: returnedUnits[place] as number,
        revenue: revenue[own]?.net ?? 0,
        revenue_by_currency: revenue,
      };
    }),
  };
};

type Six<T> = [T, T, T, T, T, T];

const sum = (counts: readonly number[]): number => counts.reduce((before, count) => before + count, 0);

type MoneyColumn = [currency: string, grossMinor: string[], refundedMinor: string[]];

/** Of each currency that has any, in the order of their names. */
const moneyColumns = (
  length: number,
  [places, currencies, gross, refunded]: ProductColumns['money'],
): MoneyColumn[] => {
  const columns = new Map<string, MoneyColumn>();
  currencies?.forEach((currency, row) => {
    const place = places?.[row];
    const both = [gross?.[row] as string, refunded?.[row] as string] as const;
    if (place === undefined || (both[0] === '0' && both[1] === '0')) return;
    const zeros = () => Array<string>(length).fill('0');
    const found = columns.get(currency) ?? [currency, zeros(), zeros()];
    columns.set(currency, found);
    found[1][place - 1] = both[0];
    found[2][place - 1] = both[1];
  });
  return [...columns.values()].sort(([a], [b]) => (a < b ? -1 : 1));
};
