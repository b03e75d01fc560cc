import { expect, test } from 'vitest';
import { evaluationChart } from './evaluation-chart.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import { evaluationTable } from './evaluation-table.ts';

const score = (contender: string, value: number) => ({
  contender,
  metrics: { 'HR@20': { value, low: value - 0.1, high: value + 0.1 } },
  aheadOfItemKnn: { 'HR@20': { value: value - 0.4, low: value - 0.42, high: value - 0.38 } },
  coverage: 0.25,
  novelty: 3.21,
});
const report: EvaluationReport = {
  ...{ seed: 7, interactions: 1_200, users: 30, products: 40, sessions: 90 },
  protocols: [
    {
      ...{ protocol: 'split in time', training: 1_000, questions: 60, groups: 12 },
      itemKnn: { neighbours: 50, shrinkage: 10, items: 1 },
      scores: [score('personal', 0.5), score('item-kNN', 0.4), score('a < b', Number.NaN)],
    },
  ],
};

test('the table says what was asked, how item-kNN was tuned, and each measure with its interval', () => {
  const table = evaluationTable(report);
  expect(table).toContain('60 questions of 12 sessions, 1,000 interactions before');
  expect(table).toContain('item-kNN tuned to k = 50, shrinkage 10, the newest product');
  expect(table).toMatch(/\| personal +\| 0\.5000 \(0\.400–0\.600\) \| 25\.0 % +\| 3\.2 bits \|/);
});

test('the table says how far personal is ahead of item-kNN with the interval of the paired difference', () => {
  expect(evaluationTable(report)).toContain(
    'personal − item-kNN, question by question: HR@20 +0.1000 (+0.080 to +0.120).',
  );
});

test('the chart has a bar to scale for each strategy, and none for what has no value', () => {
  const chart = evaluationChart(report);
  const [personal = 0, knn = 0, ...others] = [
    ...chart.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g),
  ].map(([, width]) => Number(width));
  expect(personal / knn).toBeCloseTo(1.25, 5);
  expect(others).toEqual([]);
  expect(chart).not.toContain('NaN');
});
