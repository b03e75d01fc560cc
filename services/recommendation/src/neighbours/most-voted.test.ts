import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostVoted } from './most-voted.ts';

test('gives those that sorting by votes and key, and cutting gives', () => {
  const votes = fc.array(fc.nat(5), { maxLength: 30 });
  fc.assert(
    fc.property(votes, fc.integer({ min: 1, max: 10 }), fc.boolean(), (counts, max, isReversed) => {
      const keys = counts.map((_, number) => (isReversed ? 100 - number : number));
      const expected = counts
        .map((count, number) => ({ count, key: keys[number] as number }))
        .filter(({ count }) => count > 0)
        .sort((a, b) => b.count - a.count || a.key - b.key)
        .slice(0, max)
        .map(({ key }) => key);
      const found = mostVoted(Float64Array.from(counts), Float64Array.from(keys), max);
      expect(new Set(found)).toEqual(new Set(expected));
    }),
  );
});
