import { basename } from 'node:path';
import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import {
  type InteractionImportReport,
  importInteractions,
} from '@souk/importers/interactions/import-interactions.ts';
import { findInteractions } from '@souk/importers/interactions/interaction-file.ts';
import { interactionColumnNames } from '@souk/importers/interactions/interaction-layout.ts';
import { surveyInteractions } from '@souk/importers/interactions/interaction-survey.ts';
import { createFlow, readBacklog } from '@souk/importers/shop/backlog.ts';
import { createShop } from '@souk/importers/shop/shop.ts';
import { Command } from 'commander';
import { formatCount } from '../client/numbers.ts';
import { wholeNumber } from '../client/option-parsers.ts';
import { requireReady } from '../client/reachable.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { reportFaults } from './fault-report.ts';
import { importProgress } from './import-progress.ts';
import { addTableOptions, type TableCommandOptions } from './table-options.ts';

interface InteractionsOptions extends ServiceUrlOptions, TableCommandOptions {
  concurrency: number;
  behindMax: number;
  wait: boolean;
  dryRun: boolean;
}

const stuckMaxMs = 60_000;

/** `souk import interactions FILE`: who looked at, liked or bought what, into a running mesh. */
export const interactionsCommand = (): Command =>
  addTableOptions(
    addServiceUrlOptions(
      new Command('interactions')
        .description(
          'what users did with products, as activity: users and unknown products are made, repeating it changes nothing',
        )
        .argument('<file>', 'MovieLens, RetailRocket, Online Retail, or any CSV with user, product and time')
        .option('--dry-run', 'read the file and show what would be imported; nothing is sent', false),
    ),
    interactionColumnNames,
  )
    .option('--concurrency <batches>', 'batches of 1,000 events under way at once', wholeNumber(1, 32), 4)
    .option(
      '--behind-max <events>',
      'wait for the consumers when they are further behind than this',
      wholeNumber(1_000, 1_000_000_000),
      10_000,
    )
    .option('--no-wait', 'end when everything is sent, without waiting until the consumers have applied it')
    .action(async (path: string, options: InteractionsOptions) => {
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
    ...{ file, survey, concurrency: options.concurrency, wait: options.wait },
    shop: createShop(createSoukClient({ urls, fetch: createRetryingFetch() })),
    flow: createFlow({
      read: () => readBacklog(urls),
      behindMax: options.behindMax,
      stuckMaxMs,
      onWait: progress.waiting,
    }),
    onPhase: progress.phase,
    onDone: progress.done,
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
