import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import type { Fault } from './fault.ts';
import { endlessSchedule, everyFaultOnce, type PlannedCycle } from './schedule.ts';

const fault = (name: string, ...claims: string[]): Fault => ({
  ...{ name, claims },
  start: async () => async () => undefined,
});
const faults = [
  fault('a', 'one'),
  fault('b', 'one', 'two'),
  fault('c', 'two'),
  fault('d', 'three'),
  fault('e'),
];
const firstOf = (seed: number, count: number): PlannedCycle[] => {
  const schedule = endlessSchedule(seed, faults);
  return Array.from({ length: count }, () => schedule.next().value);
};

test('a seed gives the same schedule every time, and another one gives another', () => {
  expect(firstOf(7, 50)).toEqual(firstOf(7, 50));
  expect(firstOf(7, 50)).not.toEqual(firstOf(8, 50));
});

test('every fault comes before one comes again, and none beside one that takes hold of the same', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const cycles = firstOf(seed, 30);
    const names = cycles.flat().map((planned) => planned.fault);
    for (let start = 0; start + faults.length <= names.length; start += faults.length)
      expect(new Set(names.slice(start, start + faults.length)).size).toBe(faults.length);
    for (const cycle of cycles) {
      const claims = cycle.flatMap((planned) => faults.find(({ name }) => name === planned.fault)?.claims);
      expect(new Set(claims).size).toBe(claims.length);
    }
  }
});

test('every fault once is how the schedule of the same seed begins', () => {
  const once = [...everyFaultOnce(seededRandom(7), faults)];
  expect(once.flatMap((cycle) => cycle.map(({ fault: name }) => name)).sort()).toEqual([
    'a',
    'b',
    'c',
    'd',
    'e',
  ]);
  expect(once).toEqual(firstOf(7, once.length));
});
