import { basename } from 'node:path';
import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { importOnlineRetail, readRetail } from '@souk/importers/online-retail/import-online-retail.ts';
import { readOrderCounts } from '@souk/importers/online-retail/read-order-counts.ts';
import type { FormatOptions } from '@souk/importers/online-retail/retail-format.ts';
import { createFlow, readBacklog } from '@souk/importers/shop/backlog.ts';
import { createShop } from '@souk/importers/shop/shop.ts';
import { openSender } from '@souk/service-kit/kafka/sender.ts';
import { Command, Option } from 'commander';
import { brokerList, brokersOf } from '../client/kafka-brokers.ts';
import { wholeNumber } from '../client/option-parsers.ts';
import { requireReady } from '../client/reachable.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { catalogueCommand } from './catalogue-command.ts';
import { addFormatOptions } from './format-options.ts';
import { importProgress } from './import-progress.ts';
import { dryRunReport, importReport } from './import-report.ts';
import { interactionsCommand } from './interactions-command.ts';

interface OnlineRetailOptions extends ServiceUrlOptions, FormatOptions {
  as: 'activity' | 'orders';
  brokers?: string;
  concurrency: number;
  behindMax: number;
  wait: boolean;
  dryRun: boolean;
}

/** So many events of half a kilobyte fit the embedded broker's 5 MiB per partition, were they all in one of the four. */
const behindMaxDefault = 10_000;
const stuckMaxMs = 60_000;
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
  addFormatOptions(
    addServiceUrlOptions(
      new Command('online-retail')
        .description(
          'the UCI Online Retail CSV: customers become users, stock codes products, lines purchases; repeating it changes nothing',
        )
        .argument(
          '<file>',
          'CSV with InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID',
        )
        .option('--dry-run', 'read the file and show what would be imported; nothing is sent', false),
    ),
  )
    .addOption(
      new Option(
        '--as <kind>',
        'what a line becomes: activity over HTTP, or an item of an order through Kafka. Both count as purchases: one file as both counts twice',
      )
        .choices(['activity', 'orders'])
        .default('activity'),
    )
    .option(
      '--brokers <host:port,…>',
      'with --as orders: the Kafka brokers, of the running mesh by default (or KAFKA_BROKERS)',
      brokerList,
    )
    .option('--concurrency <batches>', 'batches of 1,000 events under way at once', wholeNumber(1, 32), 4)
    .option(
      '--behind-max <events>',
      'wait for the consumers when they are further behind than this',
      wholeNumber(1_000, 1_000_000_000),
      behindMaxDefault,
    )
    .option('--no-wait', 'end when everything is sent, without waiting until the consumers have applied it')
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
    shop: createShop(createSoukClient({ urls, fetch: createRetryingFetch() })),
    flow: createFlow({
      read: () => readBacklog(urls, linesPerOrder),
      behindMax: options.behindMax,
      stuckMaxMs,
      onWait: progress.waiting,
    }),
    concurrency: options.concurrency,
    wait: options.wait,
    ...(sender && { orders: { sender, readCounts: () => readOrderCounts(urls.product) } }),
    onPhase: progress.phase,
    onDone: progress.done,
  }).finally(async () => {
    progress.end();
    await sender?.close();
  });
  console.log(importReport(basename(file), retail, report));
  return report.rejected === 0 ? 0 : 1;
};
