import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { createFlow, readBacklog } from '@souk/importers/shop/backlog.ts';
import type { ServiceUrls } from '@souk/importers/shop/service-urls.ts';
import { createShop } from '@souk/importers/shop/shop.ts';
import type { Command } from 'commander';
import { wholeNumber } from '../client/option-parsers.ts';
import type { ImportProgress } from './import-progress.ts';

export interface SendingOptions {
  concurrency: number;
  behindMax: number;
  wait: boolean;
  dryRun: boolean;
}

/** So many events of half a kilobyte fit the embedded broker's 5 MiB per partition, were they all in one of the four. */
const behindMaxDefault = 10_000;
const stuckMaxMs = 60_000;

export const addDryRunOption = (command: Command): Command =>
  command.option('--dry-run', 'read the file and show what would be imported; nothing is sent', false);

export const addSendingOptions = (command: Command): Command =>
  addDryRunOption(command)
    .option('--concurrency <batches>', 'batches of 1,000 events under way at once', wholeNumber(1, 32), 4)
    .option(
      '--behind-max <events>',
      'wait for the consumers when they are further behind than this',
      wholeNumber(1_000, 1_000_000_000),
      behindMaxDefault,
    )
    .option('--no-wait', 'end when everything is sent, without waiting until the consumers have applied it');

/** A shop that is patient with services that do not answer. */
export const shopAt = (urls: ServiceUrls) =>
  createShop(createSoukClient({ urls, fetch: createRetryingFetch() }));

/** What an import sends by, and how it is told of: as `importInteractions` takes it. */
export const sendingBy = (
  urls: ServiceUrls,
  { concurrency, wait, behindMax }: SendingOptions,
  progress: ImportProgress,
  eventsPerOrder?: number,
) => ({
  ...{ concurrency, wait, shop: shopAt(urls), onPhase: progress.phase, onDone: progress.done },
  flow: createFlow({
    read: () => readBacklog(urls, eventsPerOrder),
    behindMax,
    stuckMaxMs,
    onWait: progress.waiting,
  }),
});
