import { basename } from 'node:path';
import { importOnlineRetail, readRetail } from '@souk/importers/online-retail/import-online-retail.ts';
import { readOrderCounts } from '@souk/importers/online-retail/read-order-counts.ts';
import { retailColumnNames } from '@souk/importers/online-retail/retail-columns.ts';
import type { FormatOptions } from '@souk/importers/online-retail/retail-format.ts';
import { openSender } from '@souk/service-kit/kafka/sender.ts';
import { Command, Option } from 'commander';
import { addBrokersOption, brokersOf } from '../client/kafka-brokers.ts';
import { requireReady } from '../client/reachable.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { catalogueCommand } from './catalogue-command.ts';
import { importProgress } from './import-progress.ts';
import { dryRunReport, importReport } from './import-report.ts';
import { interactionsCommand } from './interactions-command.ts';
import { addSendingOptions, type SendingOptions, sendingBy } from './sending-options.ts';
import { addTableOptions } from './table-options.ts';

interface OnlineRetailOptions extends ServiceUrlOptions, FormatOptions, SendingOptions {
  as: 'activity' | 'orders';
  brokers?: string;
}

/** In the whole file it is 21. */
const linesPerOrder = 25;

/** `souk import FORMAT FILE`: real data into a running mesh. */
export const importCommand = (): Command =>
  new Command('import')
    .description('bring data into a running mesh')
    .addCommand(onlineRetailCommand())
    .addCommand(interactionsCommand())
    .addCommand(catalogueCommand());

const onlineRetailCommand = (): Command =>
  addSendingOptions(
    addBrokersOption(
      addTableOptions(
        addServiceUrlOptions(
          new Command('online-retail')
            .description(
              'the UCI Online Retail CSV: customers become users, stock codes products, lines purchases; repeating it changes nothing',
            )
            .argument(
              '<file>',
              'CSV with InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID',
            ),
        ),
        retailColumnNames,
      ),
      'with --as orders: ',
    ),
  )
    .addOption(
      new Option(
        '--date-order <first>',
        'whether 1/12/2010 begins with the day or the month; otherwise found in the file',
      ).choices(['day', 'month']),
    )
    .addOption(
      new Option('--decimal <mark>', 'what stands before the pennies; otherwise found in the file').choices([
        '.',
        ',',
      ]),
    )
    .addOption(
      new Option(
        '--as <kind>',
        'what a line becomes: activity over HTTP, or an item of an order through Kafka. Both count as purchases: one file as both counts twice',
      )
        .choices(['activity', 'orders'])
        .default('activity'),
    )
    .action(async (file: string, options: OnlineRetailOptions) => {
      process.exitCode = await runOnlineRetail(file, options);
    });

/** Returns the exit code: 1 when a service rejected something. Throws an Error written for the user. */
const runOnlineRetail = async (file: string, options: OnlineRetailOptions): Promise<number> => {
  const urls = serviceUrls(options);
  if (!options.dryRun) await requireReady(urls);
  const retail = await readRetail(file, options);
  if (options.dryRun) {
    console.log(dryRunReport(basename(file), retail, options.as));
    return 0;
  }
  const sender = options.as === 'orders' ? await openSender(brokersOf(options)) : undefined;
  const progress = importProgress(process.stderr);
  const report = await importOnlineRetail({
    file,
    retail,
    ...sendingBy(urls, options, progress, linesPerOrder),
    ...(sender && { orders: { sender, readCounts: () => readOrderCounts(urls.product) } }),
  }).finally(async () => {
    progress.end();
    await sender?.close();
  });
  console.log(importReport(basename(file), retail, report));
  return report.rejected === 0 ? 0 : 1;
};
