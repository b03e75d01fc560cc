import { basename } from 'node:path';
import {
  type InteractionImportReport,
  importInteractions,
} from '@souk/importers/interactions/import-interactions.ts';
import { findInteractions } from '@souk/importers/interactions/interaction-file.ts';
import { interactionColumnNames } from '@souk/importers/interactions/interaction-layout.ts';
import { surveyInteractions } from '@souk/importers/interactions/interaction-survey.ts';
import { Command } from 'commander';
import { formatCount } from '../client/numbers.ts';
import { requireReady } from '../client/reachable.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { reportFaults } from './fault-report.ts';
import { importProgress } from './import-progress.ts';
import { addSendingOptions, type SendingOptions, sendingBy } from './sending-options.ts';
import { addTableOptions, type TableCommandOptions } from './table-options.ts';

type InteractionsOptions = ServiceUrlOptions & TableCommandOptions & SendingOptions;

/** `souk import interactions FILE`: who looked at, liked or bought what, into a running mesh. */
export const interactionsCommand = (): Command =>
  addSendingOptions(
    addTableOptions(
      addServiceUrlOptions(
        new Command('interactions')
          .description(
            'what users did with products, as activity: users and unknown products are made, repeating it changes nothing',
          )
          .argument(
            '<file>',
            'MovieLens, RetailRocket, Online Retail, or any CSV with user, product and time',
          ),
      ),
      interactionColumnNames,
    ),
  ).action(async (path: string, options: InteractionsOptions) => {
    process.exitCode = await runInteractions(path, options);
  });

/** Returns the exit code: 1 when a line was bad or an event rejected. Throws an Error written for the user. */
const runInteractions = async (path: string, options: InteractionsOptions): Promise<number> => {
  const urls = serviceUrls(options);
  if (!options.dryRun) await requireReady(urls);
  const file = await findInteractions(path, options);
  const survey = await surveyInteractions(path, file);
  reportFaults(survey, file.layout);
  if (options.dryRun) {
    const { users, products, interactions } = survey;
    console.log(
      `${basename(path)} has ${formatCount(interactions)} interactions of ${formatCount(users.size)} users with ${formatCount(products.size)} products. Nothing was sent.`,
    );
    return survey.faulty === 0 ? 0 : 1;
  }
  const progress = importProgress(process.stderr);
  const report = await importInteractions({
    ...{ file, survey, ...sendingBy(urls, options, progress) },
  }).finally(progress.end);
  console.log(reportText(basename(path), report));
  return survey.faulty === 0 && report.rejected === 0 ? 0 : 1;
};

const reportText = (file: string, report: InteractionImportReport): string =>
  [
    `Imported ${file}: ${formatCount(report.imported)} events, ${formatCount(report.repeated)} were there before, ${formatCount(report.rejected)} rejected.`,
    `New users: ${formatCount(report.usersCreated)}; new products: ${formatCount(report.productsCreated)}.`,
    ...report.rejections.map((reason) => `  rejected: ${reason}`),
  ].join('\n');
