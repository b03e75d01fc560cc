import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fact, factOf, factsMax, firstFacts, storedFact } from './fact.ts';

const fact: fc.Arbitrary<Fact> = fc.record(
  {
    kind: fc.constantFrom('shown', 'click', 'purchase', 'return'),
    productId: fc.constantFrom('a', 'b', 'c'),
    atMs: fc.integer({ min: 0, max: 500 }),
    line: fc.constantFrom('o/1', 'o/2'),
  },
  { requiredKeys: ['kind', 'productId', 'atMs'], noNullPrototype: true },
);

test('the facts that count are the same for every order and batching, and bounded', () => {
  const many = fc.array(fact, { minLength: 150, maxLength: 1_500, size: 'max' });
  const inOrder = (facts: readonly Fact[]) => facts.map((one) => JSON.stringify(storedFact(one))).sort();
  fc.assert(
    fc.property(many, fc.nat(), (facts, at) => {
      const [first, second] = [facts.slice(0, at % facts.length), facts.slice(at % facts.length)];
      const kept = firstFacts(facts);
      expect(inOrder(firstFacts([...firstFacts(second), ...first]))).toEqual(inOrder(kept));
      for (const [kind, most] of Object.entries(factsMax))
        expect(kept.filter((one) => one.kind === kind).length).toBeLessThanOrEqual(most);
    }),
    { numRuns: 30 },
  );
});

test('a stored fact is the same fact', () => {
  fc.assert(
    fc.property(fact, (one) => {
      expect(factOf(JSON.parse(JSON.stringify(storedFact(one))))).toEqual(one);
    }),
  );
});
