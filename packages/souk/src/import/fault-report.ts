import type { InteractionSurvey } from '@souk/importers/interactions/interaction-survey.ts';
import { formatCount } from '../client/numbers.ts';
import { printable } from '../client/printable.ts';

/** Tells on standard error how a file was read and which of its lines were not. */
export const reportFaults = (survey: InteractionSurvey, layout: string): void => {
  const { linesRead, interactions, leftOut } = survey;
  console.error(
    printable(`Read ${formatCount(interactions)} of ${formatCount(linesRead)} lines: ${layout}.`),
  );
  for (const [reason, count] of leftOut) console.error(`  left out: ${formatCount(count)} ${reason}`);
  for (const line of faultLines(survey)) console.error(line);
};

/** The bad lines that are known, and how many more there are. */
export const faultLines = ({ faulty, faults }: { faulty: number; faults: readonly string[] }): string[] => [
  ...faults.map((fault) => `  bad: ${printable(fault)}`),
  ...(faulty > faults.length ? [`  bad: ${formatCount(faulty - faults.length)} more lines`] : []),
];
