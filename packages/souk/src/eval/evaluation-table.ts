import { markdownTable } from '../chart/markdown-table.ts';
import { formatCount } from '../client/numbers.ts';
import type { Estimate, EvaluationReport, ProtocolReport } from './evaluation-report.ts';

/** The report as a person reads it: a table for each protocol. */
export const evaluationTable = ({ protocols, ...of }: EvaluationReport): string =>
  [
    `${formatCount(of.interactions)} interactions of ${formatCount(of.users)} users with ${formatCount(of.products)} products, ` +
      `in ${formatCount(of.sessions)} sessions; seed ${of.seed}.`,
    ...protocols.flatMap((protocol) => ['', headline(protocol), '', tableOf(protocol), ...paired(protocol)]),
  ].join('\n');

const headline = ({ protocol, training, questions, groups, itemKnn }: ProtocolReport): string => {
  const of = protocol === 'split in time' ? 'sessions' : 'users';
  const items =
    itemKnn.items === 1
      ? 'the newest product'
      : `the products of ${itemKnn.items === 'all' ? 'the user' : 'the session'}`;
  return (
    `${protocol}: ${formatCount(questions)} questions of ${formatCount(groups)} ${of}, ${formatCount(training)} interactions before. ` +
    `item-kNN tuned to k = ${itemKnn.neighbours}, shrinkage ${itemKnn.shrinkage}, ${items}.`
  );
};

const tableOf = ({ scores }: ProtocolReport): string => {
  const names = Object.keys(scores[0]?.metrics ?? {});
  return markdownTable(
    ['strategy', ...names, 'coverage', 'novelty'],
    scores.map(({ contender, metrics, coverage, novelty }) => [
      contender,
      ...names.map((name) => estimateText(metrics[name])),
      `${(coverage * 100).toFixed(1)} %`,
      `${novelty.toFixed(1)} bits`,
    ]),
  );
};

/** Both answered the same questions: the intervals of each alone say less than that of their difference. */
const paired = ({ scores }: ProtocolReport): string[] => {
  const ahead = scores.find(({ contender }) => contender === 'personal')?.aheadOfItemKnn ?? {};
  const parts = Object.entries(ahead).filter(([, { value }]) => !Number.isNaN(value));
  if (parts.length === 0) return [];
  const texts = parts.map(
    ([name, { value, low, high }]) => `${name} ${signed(value, 4)} (${signed(low)} to ${signed(high)})`,
  );
  return ['', `personal − item-kNN, question by question: ${texts.join(', ')}.`];
};

const signed = (value: number, digits = 3): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

const estimateText = (estimate: Estimate | undefined): string =>
  estimate === undefined || Number.isNaN(estimate.value)
    ? ''
    : `${estimate.value.toFixed(4)} (${estimate.low.toFixed(3)}–${estimate.high.toFixed(3)})`;
