import { basename } from 'node:path';
import { type CatalogueOptions, readCatalogue } from '@souk/importers/catalogue/catalogue-file.ts';
import { type CatalogueReport, importCatalogue } from '@souk/importers/catalogue/import-catalogue.ts';
import { catalogueColumnNames } from '@souk/importers/catalogue/product-line.ts';
import { Command } from 'commander';
import { formatCount } from '../client/numbers.ts';
import { requireReady } from '../client/reachable.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { faultLines } from './fault-report.ts';
import { importProgress } from './import-progress.ts';
import { addDryRunOption, shopAt } from './sending-options.ts';
import { addTableOptions, columnPairs } from './table-options.ts';

interface CatalogueCommandOptions extends ServiceUrlOptions, CatalogueOptions {
  dryRun: boolean;
}

/** `souk import catalogue FILE`: products into a running mesh. */
export const catalogueCommand = (): Command =>
  addTableOptions(
    addDryRunOption(
      addServiceUrlOptions(
        new Command('catalogue')
          .description('products, created or changed by their sku; repeating it changes nothing')
          .argument('<file>', 'CSV with a header, or one JSON object per line (.ndjson, .jsonl)'),
      ),
    ),
    catalogueColumnNames,
  )
    .option(
      '--set <column=value,…>',
      'what a product has whose line says nothing else, such as price=0,currency=EUR',
      columnPairs(catalogueColumnNames),
    )
    .action(async (path: string, options: CatalogueCommandOptions) => {
      process.exitCode = await runCatalogue(path, options);
    });

/** Returns the exit code: 1 when a line was bad or a product refused. Throws an Error written for the user. */
const runCatalogue = async (path: string, options: CatalogueCommandOptions): Promise<number> => {
  const urls = serviceUrls(options);
  if (!options.dryRun) await requireReady(urls);
  const progress = importProgress(process.stderr);
  progress.phase('products', 0);
  const report = await importCatalogue({
    lines: readCatalogue(path, options),
    shop: options.dryRun ? undefined : shopAt(urls),
    onDone: progress.done,
  }).finally(progress.end);
  for (const line of faultLines(report)) console.error(line);
  console.log(reportText(basename(path), report, options.dryRun));
  return report.faulty === 0 ? 0 : 1;
};

const reportText = (file: string, report: CatalogueReport, dryRun: boolean): string => {
  const { linesRead, products, created, updated, unchanged, faulty } = report;
  const read = `${formatCount(linesRead)} lines, ${formatCount(products)} products, ${formatCount(faulty)} bad`;
  if (dryRun) return `${file}: ${read}. Nothing was sent.`;
  return `Imported ${file}: ${read}; ${formatCount(created)} created, ${formatCount(updated)} changed, ${formatCount(unchanged)} as before.`;
};
