import fc from 'fast-check';
import { expect, test } from 'vitest';
import { best } from './best.ts';

test('gives what sorting all and cutting gives', () => {
  const items = fc.array(fc.record({ score: fc.nat(5), key: fc.nat() }));
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 10 }), (all, count) => {
      const compare = (a: { score: number }, b: { score: number }) => b.score - a.score;
      expect(best(all, count, compare)).toEqual(all.toSorted(compare).slice(0, count));
    }),
  );
});
