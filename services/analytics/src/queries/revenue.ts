import { minorDecimalsOf } from '@souk/contracts/currency.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Fragment, Sql } from '@souk/service-kit/postgres/database.ts';

/** Gross and refunded by currency in its minor units: integers, in decimal. */
export type Money = Record<string, readonly [grossMinor: string, refundedMinor: string]>;

/** A double has every integer of so many. */
const exactDigits = 15;

const Amount = Type.Number({ minimum: 0 });

/** The fields of an answer that `revenueFigures` fills. */
export const RevenueFigures = {
  revenue: Type.Number({
    description:
      'the net revenue in `currency`, in major units; below zero when more came back than was sold',
  }),
  revenue_by_currency: Type.Record(
    Type.String(),
    Type.Object({ gross: Amount, refunded: Amount, net: Type.Number() }),
    {
      description:
        'by ISO 4217 code, in major units: what was sold, what was cancelled or returned, each at its own time, and ' +
        'the difference; currencies without any are left out',
    },
  ),
};

/** `currency` is the shop's own. */
export const revenueFigures = (money: Money, currency: string) => {
  const revenue_by_currency: RevenueByCurrency = {};
  for (const [name, [gross, refunded]] of Object.entries(money))
    revenue_by_currency[name] = amountsOf(gross, refunded, name);
  return { revenue: revenue_by_currency[currency]?.net ?? 0, revenue_by_currency };
};

/** Of rows with one currency each, and each currency once: their money as JSON, those without any left out. */
export const moneyByCurrency = (sql: Sql): Fragment => sql`
  coalesce(json_object_agg(currency, json_build_array(gross_minor::text, refunded_minor::text) order by currency)
    filter (where gross_minor > 0 or refunded_minor > 0), '{}')`;

export type RevenueByCurrency = Record<string, { gross: number; refunded: number; net: number }>;

/** Minor units, in decimal, as an answer tells them. */
export const amountsOf = (gross: string, refunded: string, currency: string) => ({
  gross: toMajor(gross, currency),
  refunded: toMajor(refunded, currency),
  net: toMajor(difference(gross, refunded), currency),
});

/** Exact, and fast where the doubles are. */
const difference = (gross: string, refunded: string): number | bigint =>
  Math.max(gross.length, refunded.length) <= exactDigits
    ? Number(gross) - Number(refunded)
    : BigInt(gross) - BigInt(refunded);

/** The sum of amounts that are not below zero, exact, and fast where it is a double. */
export const sumOfAmounts = (amounts: readonly string[]): string => {
  const sum = amounts.reduce((before, amount) => before + Number(amount), 0);
  return `${Number.isSafeInteger(sum) ? sum : amounts.reduce((before, amount) => before + BigInt(amount), 0n)}`;
};

/**
 * Minor units as Postgres writes a sum of them to major units as JSON carries them: exact up to 15 digits, and
 * the nearest double beyond, where an error would be of no use to anybody.
 */
export const toMajor = (minor: string | number | bigint, currency: string): number =>
  Number(minor) / 10 ** minorDecimalsOf(currency);
