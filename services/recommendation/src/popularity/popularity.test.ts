import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Interaction } from '../interactions/interaction.ts';
import { addToScore, decayedWeight, emptyScore, logWeightOf, mergeTrend } from './popularity.ts';

const dayMs = 86_400_000;
const halfLifeMs = 7 * dayMs;
const weights = new Map([
  ['view', 1],
  ['add_to_cart', 3],
  ['like', 2],
  ['purchase', 5],
  ['scroll', 0],
]);
const weighing = { weights, halfLifeMs };

const timeMs = fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2040, 0) });
const interaction = fc.record({
  type: fc.constantFrom('view', 'like', 'add_to_cart', 'purchase'),
  atMs: timeMs,
  returned: fc.constant(false),
}) as fc.Arbitrary<Interaction>;

const trendOf = (happened: readonly Pick<Interaction, 'type' | 'atMs'>[]): number[] => {
  const score = emptyScore();
  for (const one of happened) addToScore(score, { ...one, returned: false }, weighing, 1);
  return mergeTrend([], score.trend);
};
const logWeight = (type: Interaction['type'], atMs: number) =>
  logWeightOf(trendOf([{ type, atMs }])) as number;

describe('a score', () => {
  test('is empty again, exactly, when all that was added is taken away in any order', () => {
    fc.assert(
      fc.property(
        fc.array(interaction, { maxLength: 40, size: 'max' }),
        fc.infiniteStream(fc.nat()),
        (happened, places) => {
          const score = emptyScore();
          for (const one of happened) addToScore(score, one, weighing, 1);
          const left = [...happened];
          for (const place of places) {
            const [one] = left.splice(place % Math.max(1, left.length), 1);
            if (!one) break;
            addToScore(score, one, weighing, -1);
          }
          expect(score.weight).toBe(0);
          expect(mergeTrend([], score.trend)).toEqual([]);
        },
      ),
    );
  });

  test('is the same, exactly, in any batches', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(interaction, fc.nat(9)), { maxLength: 60, size: 'max' }), (placed) => {
        let stored: number[] = [];
        for (const batch of Map.groupBy(placed, ([, batch]) => batch).values()) {
          const score = emptyScore();
          for (const [one] of batch) addToScore(score, one, weighing, 1);
          stored = mergeTrend(stored, score.trend);
        }
        expect(stored).toEqual(trendOf(placed.map(([one]) => one)));
      }),
    );
  });

  test('is not changed by a type that weighs nothing, nor by a returned purchase', () => {
    const score = emptyScore();
    addToScore(score, { type: 'scroll' as 'view', atMs: 1, returned: false }, weighing, 1);
    addToScore(score, { type: 'purchase', atMs: 1, returned: true }, weighing, 1);
    expect(score).toEqual(emptyScore());
  });
});

describe('forward decay', () => {
  test('is the logarithm of the sum of the decayed weights, to a ten thousandth', () => {
    fc.assert(
      fc.property(fc.array(interaction, { minLength: 1 }), (happened) => {
        const last = Math.max(...happened.map(({ atMs }) => atMs));
        const direct = happened.reduce(
          (sum, { type, atMs }) => sum + (weights.get(type) as number) * 2 ** ((atMs - last) / halfLifeMs),
          0,
        );
        const stored = logWeightOf(trendOf(happened)) as number;
        expect(decayedWeight(stored, last, halfLifeMs) / direct).toBeCloseTo(1, 4);
      }),
    );
  });

  test('leaves the order of two products the same at every time', () => {
    fc.assert(
      fc.property(interaction, interaction, fc.array(timeMs, { minLength: 1 }), (one, other, times) => {
        const [a, b] = [logWeightOf(trendOf([one])), logWeightOf(trendOf([other]))] as [number, number];
        fc.pre(Math.abs(a - b) > 1e-6);
        for (const atMs of times) {
          const shown = (stored: number) => decayedWeight(stored, atMs, halfLifeMs);
          // Both may have decayed to nothing, and both may lie too far ahead for a number; never the other way round.
          expect(shown(Math.min(a, b))).toBeLessThanOrEqual(shown(Math.max(a, b)));
        }
      }),
    );
  });

  test('halves a weight with every half-life', () => {
    const stored = logWeight('purchase', Date.UTC(2026, 2));
    for (const [lives, left] of [
      [0, 5],
      [1, 2.5],
      [3, 0.625],
    ] as const)
      expect(decayedWeight(stored, Date.UTC(2026, 2) + lives * halfLifeMs, halfLifeMs)).toBeCloseTo(left, 4);
  });

  test('stays a finite number a lifetime before and after', () => {
    const stored = logWeight('purchase', Date.UTC(2026, 2));
    expect(decayedWeight(stored, Date.UTC(2126, 2), halfLifeMs)).toBe(0);
    expect(decayedWeight(stored, Date.UTC(1926, 2), halfLifeMs)).toBe(Number.MAX_VALUE);
  });

  test('follows the time of the event, of two views a minute apart', () => {
    const atMs = Date.UTC(2026, 2, 1, 12);
    expect(logWeight('view', atMs + 60_000)).toBeGreaterThan(logWeight('view', atMs));
  });

  test('adds up what lies centuries apart', () => {
    const times = ['0001-01-01T00:00:00Z', '2026-03-01T12:00:00Z', '1969-12-31T23:59:59.999Z'].map(
      Date.parse,
    );
    const newest = logWeight('view', Date.parse('2026-03-01T12:00:00Z'));
    expect(logWeightOf(trendOf(times.map((atMs) => ({ type: 'view', atMs }))))).toBeCloseTo(newest, 9);
  });
});
