import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isExactMultiple } from './http/exact-multiple.ts';
import { minorUnitsMax, toMajor, toMinor } from './money.ts';

test.each([
  [0, 0],
  [2.55, 255],
  [1.005e2, 10050],
  [12.5, 1250],
  [8.2, 820],
  [1.1, 110],
  [-0.01, -1],
  [-0, 0],
  [9_999_999_999_999.99, minorUnitsMax],
])('%d major units are %d minor units', (major, minor) => {
  expect(toMinor(major)).toBe(minor);
});

test.each([
  ['JPY', 1000, 100_000],
  ['KWD', 1.234, 1_234],
  ['KWD', 5, 5_000],
  ['CLF', 0.0001, 1],
])('in %s %d major units are %d minor units, and back', (currency, major, minor) => {
  expect(toMinor(major, currency)).toBe(minor);
  expect(toMajor(minor, currency)).toBe(major);
});

test.each([
  ['JPY', 1000.5, 'must have no decimals in JPY'],
  ['USD', 1.234, 'must have at most two decimals in USD'],
  ['KWD', 1.2345, 'must have at most three decimals in KWD'],
])('%s has no amount of %d', (currency, major, message) => {
  expect(() => toMinor(major, currency)).toThrow(new RangeError(message));
});

test.each([12.345, 0.1 + 0.2, 1e-7, 1e21, 10_000_000_000_000, Number.NaN, Number.POSITIVE_INFINITY])(
  '%d is no amount of money',
  (major) => {
    expect(() => toMinor(major)).toThrow(RangeError);
  },
);

test('every amount survives the way to JSON and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -minorUnitsMax, max: minorUnitsMax }), (minor) => {
      expect(toMinor(JSON.parse(JSON.stringify(toMajor(minor))))).toBe(minor === 0 ? 0 : minor);
    }),
  );
});

test('what is not whole minor units cannot be shown', () => {
  expect(() => toMajor(0.5)).toThrow(RangeError);
  expect(() => toMajor(minorUnitsMax + 1)).toThrow(RangeError);
});

test('a multiple is judged by the decimal digits', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e15 + 1, max: 1e15 - 1 }), (minor) => {
      expect(isExactMultiple(minor / 100, 0.01)).toBe(true);
    }),
  );
  expect(isExactMultiple(12.345, 0.01)).toBe(false);
  expect(isExactMultiple(0.1 + 0.2, 0.01)).toBe(false);
  expect(isExactMultiple(1e21, 0.01)).toBe(true);
  expect(isExactMultiple(1e-7, 0.01)).toBe(false);
  expect(isExactMultiple(7, 3)).toBe(false);
  expect(isExactMultiple(9, 3)).toBe(true);
});
