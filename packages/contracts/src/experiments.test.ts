import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readExperiments, runningAt, variantOf } from './experiments.ts';

const given = (change: object = {}) => ({
  name: 'faster-decay',
  start: '2026-03-01T00:00:00Z',
  variants: [{ name: 'control' }, { name: 'fast', settings: { half_life_days: 3 } }],
  ...change,
});
const read = (...experiments: object[]) => readExperiments(JSON.stringify(experiments));
const problems = (...experiments: object[]) => {
  const result = read(...experiments);
  return 'problems' in result ? result.problems : [];
};

describe('the experiments of a setting', () => {
  test('have all that was left out filled in', () => {
    expect(read(given())).toEqual({
      experiments: [
        {
          name: 'faster-decay',
          startMs: Date.UTC(2026, 2, 1),
          endMs: Number.POSITIVE_INFINITY,
          share: 1,
          clickMs: 30 * 60_000,
          purchaseMs: 24 * 3_600_000,
          variants: [
            { name: 'control', settings: {} },
            { name: 'fast', settings: { half_life_days: 3 } },
          ],
        },
      ],
    });
  });

  test('are refused with every problem named', () => {
    const twice = { variants: [{ name: 'a' }, { name: 'a' }], end: '2026-02-01T00:00:00Z' };
    expect(problems(given(twice), given())).toEqual([
      '/0/variants: two variants have the same name',
      '/0/end: is not after the start',
      '/1/name: is the name of two experiments',
    ]);
    const told = problems(given({ name: 'Bad Name', share: 2, variants: [{ name: 'a' }], colour: 1 }));
    for (const path of ['/0/name', '/0/share', '/0/variants', '/0/colour'])
      expect(told.some((problem) => problem.startsWith(path))).toBe(true);
    expect(readExperiments('{')).toEqual({ problems: ['/: must be JSON'] });
  });

  test('never run two at a time', () => {
    const next = given({ name: 'next', start: '2026-04-01T00:00:00Z' });
    expect(problems(given(), next)).toEqual(['/1: runs at the same time as faster-decay']);
    const result = read(given({ end: '2026-04-01T00:00:00Z' }), next);
    if ('problems' in result) throw new Error(result.problems.join());
    const names = [Date.UTC(2026, 1), Date.UTC(2026, 2), Date.UTC(2026, 3)].map(
      (atMs) => runningAt(result.experiments, atMs)?.name,
    );
    expect(names).toEqual([undefined, 'faster-decay', 'next']);
  });
});

describe('the variant of a user', () => {
  const variants = ['a', 'b', 'c'].map((name) => ({ name, settings: {} }));
  const user = (n: number) => `0198c1de-3b00-7000-8000-${String(n).padStart(12, '0')}`;

  test('is the one of the published test vectors', () => {
    const half = { name: 'faster-decay', share: 0.5, variants: variants.slice(0, 2) };
    expect([1, 2, 3, 4, 5, 6].map((n) => variantOf(half, user(n))?.name ?? null)).toEqual([
      'a',
      null,
      null,
      'b',
      null,
      null,
    ]);
  });

  test('stays the same when another share lets users in or out', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.uuid(), share, share, (userId, one, other) => {
        const [few, many] = [Math.min(one, other), Math.max(one, other)].map((of) =>
          variantOf({ name: 'x', share: of, variants }, userId),
        );
        if (few) expect(many).toBe(few);
        expect(variantOf({ name: 'x', share: 0, variants }, userId)).toBeUndefined();
        expect(variantOf({ name: 'x', share: 1, variants }, userId)).toBeDefined();
      }),
    );
  });

  test('is each one as often as another, whatever the share, and has nothing to do with other experiments', () => {
    const users = Array.from({ length: 30_000 }, (_, n) => user(n));
    const of = (name: string, userId: string) =>
      variantOf({ name, share: 0.3, variants }, userId)?.name ?? 'none';
    const counts = Map.groupBy(users, (userId) => `${of('one', userId)} ${of('two', userId)}`);
    const expected = (name: string) => (name === 'none' ? 0.7 : 0.1);
    for (const one of ['none', 'a', 'b', 'c'])
      for (const two of ['none', 'a', 'b', 'c']) {
        const mean = users.length * expected(one) * expected(two);
        // Six standard deviations.
        expect(Math.abs((counts.get(`${one} ${two}`)?.length ?? 0) - mean)).toBeLessThan(6 * Math.sqrt(mean));
      }
  });
});
