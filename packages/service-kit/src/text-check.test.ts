import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findUnstorable, inspect } from './text-check.ts';

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

test('names keys that could change a prototype', () => {
  expect(findUnstorable(JSON.parse('{"a":[{"__proto__":1}]}'))?.field).toBe('a/0/__proto__');
  expect(findUnstorable({ constructor: { prototype: 1 } })?.field).toBe('constructor/prototype');
  expect(findUnstorable(JSON.parse('{"constructor":{"a":1},"prototype":1}'))).toBeUndefined();
});

test('counts every key, also behind the first fault', () => {
  expect(inspect([{ a: '\u0000', b: { c: [{ d: 1 }] } }, { a: 1 }]).keys).toBe(5);
});

test('lets through all that JSON can carry and Postgres keeps', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      // An escape, not a backslash that is one itself; a key, not a text.
      const bad = /(?<!\\)(\\\\)*\\u(0000|d[89a-f])|"__proto__":/i.test(JSON.stringify(value));
      expect(findUnstorable(value) !== undefined).toBe(bad);
    }),
  );
});
