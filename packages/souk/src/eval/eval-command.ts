import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Interaction } from '@souk/importers/interactions/interaction.ts';
import { findInteractions, type InteractionFile } from '@souk/importers/interactions/interaction-file.ts';
import { interactionColumnNames } from '@souk/importers/interactions/interaction-layout.ts';
import { surveyInteractions } from '@souk/importers/interactions/interaction-survey.ts';
import { Command } from 'commander';
import { exitCodeOfInterrupt, interruption } from '../client/interruption.ts';
import { wholeNumber } from '../client/option-parsers.ts';
import { reportFaults } from '../import/fault-report.ts';
import { importProgress } from '../import/import-progress.ts';
import { addTableOptions, type TableCommandOptions } from '../import/table-options.ts';
import { evaluationChart } from './evaluation-chart.ts';
import { evaluationTable } from './evaluation-table.ts';
import { phaseProgress } from './phase-progress.ts';
import { runEvaluation } from './run-evaluation.ts';

interface EvalOptions extends TableCommandOptions {
  seed: number;
  users?: number;
  questions: number;
  json: boolean;
  svg?: string;
}

const seedMax = 2 ** 32 - 1;

/** `souk eval FILE`: how well the strategies would have served the people of a file. */
export const evalCommand = (): Command =>
  addTableOptions(
    new Command('eval')
      .description(
        'evaluate the recommendations on a file of interactions, through the code that serves them; needs no mesh',
      )
      .argument('<file>', 'MovieLens, RetailRocket, Online Retail, or any CSV with user, product and time')
      .option('--seed <number>', 'what is drawn at random follows from it', wholeNumber(0, seedMax), 1)
      .option('--users <number>', 'take only so many users of the file, drawn at random', wholeNumber(2, 1e9))
      .option('--questions <number>', 'ask about so many questions of each kind', wholeNumber(10, 1e6), 1_000)
      .option('--svg <file>', 'write a chart')
      .option('--json', 'print the report as JSON', false),
    interactionColumnNames,
  ).action(async (path: string, options: EvalOptions) => {
    const file = await findInteractions(path, options);
    const survey = await surveyInteractions(path, file);
    reportFaults(survey, file.layout);
    const users =
      options.users === undefined ? survey.users : draw(survey.users, options.users, options.seed);
    const progress = importProgress(process.stderr);
    const report = await runEvaluation({
      interactions: interactionsOf(file, users),
      seed: options.seed,
      questionsMax: options.questions,
      onProgress: phaseProgress(progress),
      signal: interruption(),
    }).finally(progress.end);
    if (report === undefined) {
      console.error('Interrupted: there is no report.');
      process.exitCode = exitCodeOfInterrupt;
      return;
    }
    console.log(options.json ? JSON.stringify(report, null, 2) : evaluationTable(report));
    if (options.svg !== undefined) writeFileSync(options.svg, evaluationChart(report));
  });

/** The same users for the same seed, whatever the order of the file. */
const draw = (users: ReadonlySet<string>, count: number, seed: number): Set<string> => {
  const keyed = [...users].map((user) => ({ user, key: hash('sha256', `${seed} ${user}`, 'hex') }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  return new Set(keyed.slice(0, count).map(({ user }) => user));
};

async function* interactionsOf(
  file: InteractionFile,
  users: ReadonlySet<string>,
): AsyncGenerator<Interaction> {
  for await (const line of file.lines())
    if ('interaction' in line && users.has(line.interaction.user)) yield line.interaction;
}
