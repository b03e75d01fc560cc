import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decayedWeight, mergeScores, type Score, scoreActivities, scoreOf } from './popularity.ts';

const dayMs = 86_400_000;
const halfLifeMs = 7 * dayMs;
const weights = new Map([
  ['view', 1],
  ['add_to_cart', 3],
  ['like', 2],
  ['purchase', 5],
  ['scroll', 0],
]);
const scoring = { weights, halfLifeMs };

const timeMs = fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2040, 0) });
const score = fc
  .record({ weight: fc.integer({ min: 1, max: 1_000 }), atMs: timeMs })
  .map(({ weight, atMs }) => scoreOf(weight, atMs, halfLifeMs));

const sum = (scores: Score[]): Score => scores.reduce((total, score) => mergeScores(total, score));

const expectSame = (a: Score, b: Score) => {
  expect(a.weight).toBe(b.weight);
  expect(Math.abs(a.logWeight - b.logWeight)).toBeLessThanOrEqual(1e-9);
};

describe('forward decay', () => {
  test('merges in either direction to exactly the same score', () => {
    fc.assert(
      fc.property(score, score, (a, b) => {
        expect(mergeScores(a, b)).toEqual(mergeScores(b, a));
      }),
    );
  });

  test('merges in any grouping to the same score', () => {
    fc.assert(
      fc.property(score, score, score, (a, b, c) => {
        expectSame(mergeScores(mergeScores(a, b), c), mergeScores(a, mergeScores(b, c)));
      }),
    );
  });

  test('is the logarithm of the sum of the decayed weights', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), timeMs), { minLength: 1 }), (parts) => {
        const last = Math.max(...parts.map(([, atMs]) => atMs));
        const direct = parts.reduce(
          (total, [weight, atMs]) => total + weight * 2 ** ((atMs - last) / halfLifeMs),
          0,
        );
        const { logWeight } = sum(parts.map(([weight, atMs]) => scoreOf(weight, atMs, halfLifeMs)));
        expect(decayedWeight(logWeight, last, halfLifeMs) / direct).toBeCloseTo(1, 9);
      }),
    );
  });

  test('leaves the order of two products the same at every time', () => {
    fc.assert(
      fc.property(score, score, fc.array(timeMs, { minLength: 1 }), (a, b, times) => {
        fc.pre(Math.abs(a.logWeight - b.logWeight) > 1e-6);
        const [lower, higher] = a.logWeight < b.logWeight ? [a, b] : [b, a];
        for (const atMs of times) {
          const shown = ({ logWeight }: Score) => decayedWeight(logWeight, atMs, halfLifeMs);
          // Both may have decayed to nothing, and both may lie too far ahead for a number; never the other way round.
          expect(shown(lower)).toBeLessThanOrEqual(shown(higher));
        }
      }),
    );
  });

  test('halves a weight with every half-life', () => {
    const { logWeight } = scoreOf(8, Date.UTC(2026, 2), halfLifeMs);
    for (const [lives, left] of [
      [0, 8],
      [1, 4],
      [3, 1],
    ] as const)
      expect(decayedWeight(logWeight, Date.UTC(2026, 2) + lives * halfLifeMs, halfLifeMs)).toBeCloseTo(
        left,
        9,
      );
  });

  test('stays a finite number a lifetime before and after', () => {
    const { logWeight } = scoreOf(5, Date.UTC(2026, 2), halfLifeMs);
    expect(decayedWeight(logWeight, Date.UTC(2126, 2), halfLifeMs)).toBe(0);
    expect(decayedWeight(logWeight, Date.UTC(1926, 2), halfLifeMs)).toBe(Number.MAX_VALUE);
  });
});

const productIds = ['a', 'b', 'c', 'd'];
const activity = fc.record({
  type: fc.constantFrom('view', 'add_to_cart', 'like', 'purchase', 'scroll', 'share', 'constructor'),
  product_id: fc.option(fc.constantFrom(...productIds)),
  occurred_at: timeMs.map((atMs) => new Date(atMs).toISOString()),
});

describe('the scores of activities', () => {
  test('are the same for any order and any partition into batches', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(activity, fc.nat(9)), { maxLength: 60 }), (placed) => {
        const together = scoreActivities(
          placed.map(([activity]) => activity),
          scoring,
        );
        const batches = [...Map.groupBy(placed, ([, batch]) => batch).values()].map((batch) =>
          scoreActivities(
            batch.map(([activity]) => activity),
            scoring,
          ),
        );
        for (const id of productIds) {
          const parts = batches.flatMap((batch) => batch.get(id) ?? []);
          const whole = together.get(id);
          if (whole) expectSame(sum(parts), whole);
          else expect(parts).toEqual([]);
        }
      }),
    );
  });

  test('leave out types that weigh nothing, unknown types and what names no product', () => {
    const occurred_at = '2026-03-01T12:00:00.000Z';
    const idle = ['scroll', 'share', 'constructor', 'to_string'].map((type) => ({
      type,
      product_id: 'a',
      occurred_at,
    }));
    const scores = scoreActivities([...idle, { type: 'view', product_id: null, occurred_at }], scoring);
    expect(scores.size).toBe(0);
  });

  test('follow the time of the event to the millisecond', () => {
    const at = (occurred_at: string) =>
      scoreActivities([{ type: 'view', product_id: 'a', occurred_at }], scoring).get('a')
        ?.logWeight as number;
    expect(at('2026-03-01T12:00:00.001Z')).toBeGreaterThan(at('2026-03-01T12:00:00.000Z'));
  });
});
