import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyNumbers } from './key-numbers.ts';

test('gives each key one number, from 0 in the order of their first appearance, and begins again when cleared', () => {
  const word = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer());
  const numbers = keyNumbers();
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 200 }), (keys) => {
      const expected = [...new Set(keys.map(String))];
      numbers.clear(expected.length);
      for (const [low, high] of keys)
        expect(numbers.numberOf(low, high)).toBe(expected.indexOf(`${low},${high}`));
      expect(numbers.size()).toBe(expected.length);
      expect([...numbers.words()]).toEqual(expected.flatMap((key) => key.split(',').map(Number)));
    }),
  );
});
