import { markdownTable } from '../chart/markdown-table.ts';
import { formatCount } from '../client/numbers.ts';
import type { Estimate, EvaluationReport, ProtocolReport } from './evaluation-report.ts';

/** The report as a person reads it: a table for each protocol. */
export const evaluationTable = ({ protocols, ...of }: EvaluationReport): string =>
  [
    `${formatCount(of.interactions)} interactions of ${formatCount(of.users)} users with ${formatCount(of.products)} products, ` +
      `in ${formatCount(of.sessions)} sessions; seed ${of.seed}.`,
    ...protocols.flatMap((protocol) => ['', headline(protocol), '', tableOf(protocol)]),
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

const estimateText = (estimate: Estimate | undefined): string =>
  estimate === undefined || Number.isNaN(estimate.value)
    ? ''
    : `${estimate.value.toFixed(4)} (${estimate.low.toFixed(3)}–${estimate.high.toFixed(3)})`;
