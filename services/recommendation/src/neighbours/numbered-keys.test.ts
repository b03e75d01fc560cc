import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberedKeys } from './numbered-keys.ts';

test('gives each key one number, from 0 in the order of their first appearance', () => {
  const word = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer());
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 200 }), (keys) => {
      const expected = [...new Set(keys.map(String))];
      const { numberOf, size, words } = numberedKeys(expected.length);
      for (const [low, high] of keys) expect(numberOf(low, high)).toBe(expected.indexOf(`${low},${high}`));
      expect(size()).toBe(expected.length);
      expect([...words]).toEqual(expected.flatMap((key) => key.split(',').map(Number)));
    }),
  );
});
