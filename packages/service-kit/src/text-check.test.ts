import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findUnstorable, nestingMax } from './text-check.ts';

test('names the place of what Postgres cannot keep', () => {
  expect(findUnstorable({ a: [{ 'x/y': 'b\u0000' }] })).toEqual({
    field: 'a/0/x~1y',
    message: 'must not contain the character U+0000',
  });
  expect(findUnstorable({ a: '\ud83d' })?.field).toBe('a');
  expect(findUnstorable({ a: { '\u0000': 1 } })).toMatchObject({
    field: 'a',
    message: 'has a key that must not contain the character U+0000',
  });
  expect(findUnstorable({ a: Number.POSITIVE_INFINITY })?.message).toBe('is too large a number');
});

test('nesting is limited, and how deep it is makes no difference to finding that out', () => {
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  expect(findUnstorable(nested(nestingMax))).toBeUndefined();
  expect(findUnstorable(nested(200_000))?.message).toBe(`is nested deeper than ${nestingMax} levels`);
});

test('lets through all that JSON can carry and Postgres keeps', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const bad = /\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value));
      expect(findUnstorable(value) !== undefined).toBe(bad);
    }),
  );
});
