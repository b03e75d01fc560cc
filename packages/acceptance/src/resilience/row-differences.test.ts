import { expect, test } from 'vitest';
import { differencesOf } from './row-differences.ts';

const day = new Date('2026-01-01T00:00:00Z');

test('equal rows differ in nothing, whatever their order', () => {
  const rows = [
    { id: 'a', count: 1, at: day },
    { id: 'b', count: 2, at: day },
  ];
  expect(differencesOf(rows, rows.toReversed(), ['id'])).toEqual([]);
});

test('a value that differs, a row that is missing and one too many are each named', () => {
  const expected = [
    { id: 'a', count: 1 },
    { id: 'b', count: 2 },
  ];
  const actual = [
    { id: 'a', count: 3 },
    { id: 'c', count: 4 },
  ];
  expect(differencesOf(expected, actual, ['id'])).toEqual([
    { row: 'a', column: 'count', expected: 1, actual: 3 },
    { row: 'b', expected: { id: 'b', count: 2 } },
    { row: 'c', actual: { id: 'c', count: 4 } },
  ]);
});

test('a key of several columns tells rows apart', () => {
  const expected = [{ day, type: 'view', count: 1 }];
  expect(differencesOf(expected, [{ day, type: 'like', count: 1 }], ['day', 'type'])).toHaveLength(2);
});
