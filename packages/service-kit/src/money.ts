import Type from 'typebox';

/**
 * The largest amount, in minor units: 15 significant digits are what a double tells apart without fail, so
 * that every amount survives the way to a JSON number and back.
 */
export const minorUnitsMax = 999_999_999_999_999;

/**
 * Money in HTTP: a JSON number in major units with at most two decimals, not negative. Validated exactly
 * (the validator of this package takes `multipleOf` as decimal). The bound is an option, in minor units.
 */
export const Money = (options: { maximumMinor?: number; description?: string } = {}) =>
  Type.Number({
    minimum: 0,
    maximum: toMajor(options.maximumMinor ?? minorUnitsMax),
    multipleOf: 0.01,
    description: options.description ?? 'major units with at most two decimals',
  });

/**
 * Major units to integer minor units (12.5 → 1250), exactly: by the digits the number prints as, never by
 * multiplication. Throws a RangeError for more than two decimals or more than 15 digits.
 */
export const toMinor = (major: number): number => {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(String(major));
  if (!match) throw new RangeError('an amount of money has at most two decimals');
  const [, sign, whole = '', decimals = ''] = match;
  const minor = Number(whole + decimals.padEnd(2, '0'));
  if (minor > minorUnitsMax) throw new RangeError('the amount of money is too large');
  return sign && minor !== 0 ? -minor : minor;
};

/** Integer minor units to major units (1250 → 12.5). Throws a RangeError for what toMinor would not give. */
export const toMajor = (minor: number): number => {
  if (!Number.isSafeInteger(minor) || Math.abs(minor) > minorUnitsMax)
    throw new RangeError('not an amount in minor units');
  return minor / 100;
};
