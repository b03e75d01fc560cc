import { decimalsOf, minorDecimalsOf } from '@souk/contracts/currency.ts';
import { Type } from '@souk/contracts/typebox.ts';

/**
 * The largest amount, in minor units: 15 significant digits are what a double tells apart without fail, so
 * that every amount survives the way to a JSON number and back.
 */
export const minorUnitsMax = 999_999_999_999_999;

/**
 * Money in HTTP: a JSON number in major units, not negative. Validated exactly (the validator of this package takes
 * `multipleOf` as decimal). `maximumMinor` is the bound in minor units; `decimals` are at most so many, by default 2:
 * with 4 every currency fits, and toMinor has the last word.
 */
export const Money = (options: { maximumMinor?: number; decimals?: 2 | 4; description?: string } = {}) => {
  const { decimals = 2, maximumMinor = minorUnitsMax } = options;
  return Type.Number({
    minimum: 0,
    maximum: toMajor(maximumMinor),
    multipleOf: decimals === 2 ? 0.01 : 0.0001,
    description: options.description ?? 'major units with at most two decimals',
  });
};

/**
 * Major units to integer minor units (12.5 → 1250; KWD 1.234 → 1234), exactly: by the digits the number prints as, never
 * by multiplication. Throws a RangeError for more decimals than the currency has, and for more than 15 digits.
 */
export const toMinor = (major: number, currency = 'USD'): number => {
  const [, sign, whole = '', decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(major)) ?? [];
  if (whole === '' || decimals.length > decimalsOf(currency)) throw new RangeError(decimalsAllowed(currency));
  const minor = Number(whole + decimals.padEnd(minorDecimalsOf(currency), '0'));
  if (minor > minorUnitsMax) throw new RangeError('is too large an amount');
  return sign && minor !== 0 ? -minor : minor;
};

/** Integer minor units to major units (1250 → 12.5). Throws a RangeError for what no amount is in minor units. */
export const toMajor = (minor: number, currency = 'USD'): number => {
  if (!Number.isSafeInteger(minor) || Math.abs(minor) > minorUnitsMax)
    throw new RangeError('not an amount in minor units');
  return minor / 10 ** minorDecimalsOf(currency);
};

const decimalsAllowed = (currency: string): string => {
  const count = ['no', 'one', 'at most two', 'at most three', 'at most four'][decimalsOf(currency)];
  return `must have ${count} decimals in ${currency}`;
};
