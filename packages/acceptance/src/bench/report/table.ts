import { markdownTable } from 'souk/chart/markdown-table.ts';
import { type Figure, formatGoal, formatValue, judge, type Measurement } from './figure.ts';

/** One figure of one row over all sizes that were measured. */
export interface Line {
  row: string;
  work: string;
  /** The newest figure: that of the largest size. The goal is for this one. */
  figure: Figure;
  /** By growth. */
  values: Map<number, Figure>;
}

const mark = { reached: 'reached', behind: 'BEHIND', 'no goal': '' };

/** The measurements as lines, in the order of the first measurement of each. */
export const linesOf = (measurements: readonly Measurement[]): Line[] => {
  const lines = new Map<string, Line>();
  for (const { row, work, growth, figures, failure } of measurements) {
    const before = [...lines.values()].filter((line) => line.row === row).map((line) => line.figure);
    for (const figure of failure === undefined ? figures : failedFigures(before, failure)) {
      const key = `${row} ${figure.label}`;
      const line = lines.get(key) ?? { row, work, figure, values: new Map() };
      line.figure = figure;
      line.values.set(growth, figure);
      lines.set(key, line);
    }
  }
  return [...lines.values()];
};

/** The figures that a row gave at smaller sizes, and did not now; one alone where there were none. */
const failedFigures = (before: readonly Figure[], detail: string): Figure[] =>
  (before.length > 0 ? before : [{ label: '', unit: 'ratio', goal: { atLeast: 0 } } as const]).map(
    (figure) => ({ ...figure, value: Number.NaN, detail }),
  );

/** A table for a terminal that is Markdown as well. */
export const formatTable = (measurements: readonly Measurement[]): string => {
  const growths = [...new Set(measurements.map(({ growth }) => growth))].sort((a, b) => a - b);
  const head = ['row', 'work', ...growths.map((growth) => `${growth}×`), 'goal', '', 'at the last size'];
  const body = linesOf(measurements).map(({ row, work, figure, values }) => [
    row,
    figure.label ? `${work}: ${figure.label}` : work,
    ...growths.map((growth) => {
      const found = values.get(growth);
      return found ? formatValue(found) : '';
    }),
    formatGoal(figure),
    mark[judge(figure)],
    figure.detail ?? '',
  ]);
  return markdownTable(head, body);
};
