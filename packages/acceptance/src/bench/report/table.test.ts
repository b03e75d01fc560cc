import { expect, test } from 'vitest';
import { formatGoal, formatValue, judge, type Measurement, median, quantile } from './figure.ts';
import { formatTable } from './table.ts';

test('the median of an even number of rounds lies between the two in the middle', () => {
  expect(median([9, 1, 4])).toBe(4);
  expect(median([9, 1, 4, 2])).toBe(3);
  expect(median([])).toBeNaN();
});

test('p99 of a hundred times is the second longest, and of few times the longest', () => {
  const times = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(times, 0.99)).toBe(99);
  expect(quantile([5, 7], 0.99)).toBe(7);
});

test.each([
  { value: 0.8, goal: { atLeast: 0.8 }, judgement: 'reached' },
  { value: 0.79, goal: { atLeast: 0.8 }, judgement: 'behind' },
  { value: 20, goal: { atMost: 20 }, judgement: 'reached' },
  { value: 20.1, goal: { atMost: 20 }, judgement: 'behind' },
  { value: Number.NaN, goal: { atMost: 20 }, judgement: 'behind' },
])('$value is $judgement for $goal', ({ value, goal, judgement }) => {
  expect(judge({ value, goal })).toBe(judgement);
});

test('a figure has no more digits than were measured', () => {
  expect(formatValue({ value: 8123.4, unit: '/s' })).toBe('8,123/s');
  expect(formatValue({ value: 12.345, unit: 'ms' })).toBe('12.3 ms');
  expect(formatValue({ value: 0.3549, unit: 'ratio' })).toBe('0.35');
  expect(formatGoal({ goal: { atMost: 3 }, unit: 'ms' })).toBe('≤ 3 ms');
});

test('a row has its figure of every size, and is judged by that of the last size', () => {
  const measurement = (growth: number, value: number): Measurement => ({
    ...{ row: 'list', work: 'GET /list', growth },
    figures: [{ label: '', unit: 'ms', value, goal: { atMost: 3 }, detail: `of ${growth}` }],
  });

  const table = formatTable([measurement(1, 2), measurement(100, 50)]);

  expect(table.split('\n')).toEqual([
    '| row  | work      | 1×   | 100×  | goal   |        | at the last size |',
    '|------|-----------|------|-------|--------|--------|------------------|',
    '| list | GET /list | 2 ms | 50 ms | ≤ 3 ms | BEHIND | of 100           |',
  ]);
});

test('a row that could not be measured says so, in each of its lines', () => {
  const row = { row: 'list', work: 'GET /list' };
  const figures = ['rate', 'p99'].map((label) => ({
    label,
    unit: 'ms' as const,
    value: 2,
    goal: { atMost: 3 },
  }));
  const failed = { ...row, figures: [], failure: 'no answer' };

  expect(formatTable([{ ...failed, growth: 1 }])).toContain('| failed |');
  const [, , ...lines] = formatTable([
    { ...row, growth: 1, figures },
    { ...failed, growth: 10 },
  ]).split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/\| 2 ms \| failed \| .* BEHIND \| no answer/);
});
