import { expect, test } from 'vitest';
import { drawChart } from './chart.ts';
import type { Measurement } from './figure.ts';

const measurement = (row: string, growth: number, value: number): Measurement => ({
  ...{ row, work: 'some work', growth },
  figures: [{ label: 'a & b < c', unit: 'ms', value, goal: { atMost: 20 } }],
});

test('has a panel for what was measured at several sizes, with each value and the goal', () => {
  const chart = drawChart([
    ...[measurement('grows', 1, 5), measurement('grows', 10, 12), measurement('grows', 100, 40)],
    measurement('once', 1, 5),
  ]);

  expect(chart.match(/<g /g)).toHaveLength(1);
  expect(chart).not.toContain('once');
  for (const part of ['5 ms', '12 ms', '40 ms', '100×', 'goal ≤ 20 ms', 'stroke-dasharray'])
    expect(chart).toContain(part);
});

test('shows growth to scale: a value that stays gives a level line, a larger one is higher', () => {
  const level = heights(drawChart([measurement('a', 1, 5), measurement('a', 10, 5)]));
  const rising = heights(drawChart([measurement('a', 1, 5), measurement('a', 10, 10)]));

  expect(level[0]).toBe(level[1]);
  expect(rising[1]).toBeLessThan(rising[0] as number);
});

test('is well-formed whatever a label holds, and a figure that failed leaves no point', () => {
  const chart = drawChart([measurement('a', 1, 5), measurement('a', 10, Number.NaN)]);

  expect(chart).toContain('a &amp; b &lt; c');
  expect(heights(chart)).toHaveLength(1);
  expect(chart).not.toContain('NaN');
});

const heights = (chart: string): number[] =>
  [...chart.matchAll(/<circle cx="\S+" cy="(\S+)"/g)].map(([, y]) => Number(y));
