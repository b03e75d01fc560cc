import { expect, test } from 'vitest';
import { defaultNeighbourhood } from '../neighbours/neighbourhood.ts';
import { testScoring } from '../testing/projected.ts';
import { variantsOf } from './variants.ts';

const experiment = (settings: object, change: object = {}) => ({
  name: 'one',
  start: '2026-03-01T00:00:00Z',
  end: '2026-03-02T00:00:00Z',
  variants: [{ name: 'control' }, { name: 'other', settings }],
  ...change,
});
const read = (...experiments: object[]) =>
  variantsOf({ EXPERIMENTS: JSON.stringify(experiments) }, testScoring);
const problemsOf = (...experiments: object[]): string[] => {
  try {
    read(...experiments);
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
};

test('a variant has what it sets, and everything else as the service has it', () => {
  const settings = { half_life_days: 3, weights: { view: 2 }, neighbourhood: { neighbours: 50 } };
  const { other, all } = read(experiment(settings));
  const weighing = { weights: new Map([...testScoring.weights, ['view', 2]]), halfLifeMs: 3 * 86_400_000 };
  expect(other).toEqual(weighing);
  expect(all).toMatchObject([
    { variant: 'control', isOther: false, neighbourhood: defaultNeighbourhood },
    {
      variant: 'other',
      isOther: true,
      ...weighing,
      neighbourhood: { ...defaultNeighbourhood, neighboursMax: 50 },
    },
  ]);
  expect(read(experiment({ half_life_days: 7, weights: { purchase: 5 } })).other).toBeUndefined();
});

test('users see a variant while the experiment runs, always the same one', () => {
  const { of } = read(experiment({ half_life_days: 3 }));
  const user = '0198c1de-3b00-7000-8000-000000000001';
  const during = [0, 1, 86_399_999].map((ms) => of(user, Date.UTC(2026, 2, 1) + ms)?.variant);
  expect(new Set(during).size).toBe(1);
  expect(during[0]).toBeDefined();
  expect(of(user, Date.UTC(2026, 2, 2))).toBeUndefined();
  expect(of(user, Date.UTC(2026, 2, 1) - 1)).toBeUndefined();
});

test('settings that cannot be used are refused, and all of them named', () => {
  const wrong = { half_life_days: 0, weights: { share: 1 }, colour: 'red' };
  const told = problemsOf(experiment(wrong));
  for (const path of ['half_life_days', 'weights/share', 'colour'])
    expect(told.some((problem) => problem.startsWith(`EXPERIMENTS /0/variants/1/settings/${path}`))).toBe(
      true,
    );
  const later = { name: 'two', start: '2026-03-02T00:00:00Z', end: '2026-03-03T00:00:00Z' };
  expect(problemsOf(experiment({ half_life_days: 3 }), experiment({ half_life_days: 4 }, later))).toEqual([
    expect.stringContaining('one half-life'),
  ]);
  expect(problemsOf(experiment({ half_life_days: 3 }), experiment({ half_life_days: 3 }, later))).toEqual([]);
});
