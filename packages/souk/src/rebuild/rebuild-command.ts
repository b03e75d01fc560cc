import cliProgress from 'cli-progress';
import { Argument, Command } from 'commander';
import { interruption } from '../client/interruption.ts';
import { addBrokersOptions, type BrokersOptions, brokersOf } from '../client/kafka-brokers.ts';
import { formatCount, formatDuration } from '../client/numbers.ts';
import { readMeshFile } from '../mesh-file.ts';
import { serviceRole } from '../services.ts';
import { type Rebuildable, rebuild, rebuildable } from './rebuild.ts';

interface Options extends BrokersOptions {
  databaseUrl?: string;
  force: boolean;
}

const lineIntervalMs = 5_000;
const exitCodeOfInterrupt = 130;

/** `souk rebuild SERVICE`: makes a consumer's tables anew out of the topics, while it runs. */
export const rebuildCommand = (): Command =>
  addBrokersOptions(
    new Command('rebuild')
      .description('make the tables of a consumer anew out of its topics; its answers grow back meanwhile')
      .addArgument(new Argument('<service>', 'whose tables').choices(rebuildable)),
  )
    .option(
      '--database-url <url>',
      'of the service’s own role (or DATABASE_URL); of the mesh started from here by default',
    )
    .option('--force', 'although Kafka no longer has the first events: what they brought is lost', false)
    .action(async (service: Rebuildable, options: Options) => {
      process.exitCode = await run(service, options);
    });

const run = async (service: Rebuildable, options: Options): Promise<number> => {
  const databaseUrl = databaseUrlOf(service, options);
  const brokers = brokersOf(options);
  const startedAt = performance.now();
  const progress = showProgress(process.stderr);
  const complete = await rebuild({
    service,
    databaseUrl,
    brokers,
    force: options.force,
    signal: interruption(),
    onProgress: progress.show,
  }).finally(progress.end);
  if (!complete) {
    console.log(`The tables of ${service} are cleared; it goes on filling them by itself.`);
    return exitCodeOfInterrupt;
  }
  console.log(
    `Rebuilt the tables of ${service}: all that it had read is read again, in ${formatDuration(performance.now() - startedAt)}.`,
  );
  return 0;
};

const databaseUrlOf = (service: Rebuildable, { databaseUrl, portBase }: Options): string => {
  const found =
    databaseUrl ?? readMeshFile(portBase)?.postgresUrls[serviceRole(service)] ?? process.env.DATABASE_URL;
  if (!found)
    throw new Error(`no mesh runs from here: say where ${service}'s database is with --database-url`);
  return found;
};

/** A bar on a terminal; elsewhere a line every few seconds. */
const showProgress = (stream: NodeJS.WriteStream) => {
  let bar: cliProgress.SingleBar | undefined;
  let writtenAt = 0;
  return {
    show: ({ done, total }: { done: number; total: number }) => {
      if (total === 0) return;
      if (!stream.isTTY) {
        if (performance.now() - writtenAt < lineIntervalMs && done < total) return;
        writtenAt = performance.now();
        stream.write(
          `read again: ${Math.floor((100 * done) / total)} % (${formatCount(done)} of ${formatCount(total)})\n`,
        );
        return;
      }
      if (!bar) {
        bar = new cliProgress.SingleBar({
          stream,
          format: 'reading again [{bar}] {percentage} %',
          barCompleteChar: '=',
          barIncompleteChar: ' ',
          hideCursor: true,
        });
        bar.start(total, done);
      }
      bar.update(done);
    },
    end: () => bar?.stop(),
  };
};
