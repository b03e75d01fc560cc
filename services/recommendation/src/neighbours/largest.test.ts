import fc from 'fast-check';
import { expect, test } from 'vitest';
import { largest } from './largest.ts';

test('gives the places that sorting all values above 0 and cutting gives, of equal values the first', () => {
  const values = fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 30 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 10 }), (all, max) => {
      const expected = [...all.keys()]
        .filter((place) => (all[place] as number) > 0)
        .sort((a, b) => (all[b] as number) - (all[a] as number))
        .slice(0, max);
      expect(largest(Float64Array.from(all), max)).toEqual(expected);
    }),
  );
});
