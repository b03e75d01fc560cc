import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentDigest } from './order-digest.ts';

const digest = (value: unknown) => documentDigest(value).toString('hex');

test('is the same for documents that differ only in spaces and the order of keys', () => {
  const one = JSON.parse('{"a":1,"b":{"c":[1,2],"d":"é"}}');
  const other = JSON.parse('{ "b" : {"d":"\\u00e9", "c":[1.0,2]}, "a":1 }');
  expect(digest(one)).toBe(digest(other));
});

test.each([
  ['another value', '{"a":1}', '{"a":2}'],
  ['another type', '{"a":1}', '{"a":"1"}'],
  ['another order of a list', '[1,2]', '[2,1]'],
  ['one property more', '{"a":1}', '{"a":1,"b":null}'],
  ['a property __proto__', '{"a":1}', '{"a":1,"__proto__":{"b":1}}'],
  ['an infinite number', '{"a":null}', '{"a":1e999}'],
])('differs for %s', (_, one, other) => {
  expect(digest(JSON.parse(one))).not.toBe(digest(JSON.parse(other)));
});

test('two values have the same digest exactly when they are equal', () => {
  const shuffled = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).toReversed());
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [a, b] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
      expect(digest(shuffled(a))).toBe(digest(a));
      let isEqual = true;
      try {
        expect(a).toStrictEqual(b);
      } catch {
        isEqual = false;
      }
      expect(digest(a) === digest(b)).toBe(isEqual);
    }),
  );
});
