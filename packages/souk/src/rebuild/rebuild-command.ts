import { isServiceName, type ServiceName } from '@souk/contracts/services.ts';
import cliProgress from 'cli-progress';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { interruption } from '../client/interruption.ts';
import { addBrokersOptions, brokersOf } from '../client/kafka-brokers.ts';
import { formatDuration } from '../client/numbers.ts';
import { type DatabaseOptions, databaseUrlOf } from '../client/service-database.ts';
import { rebuild, rebuildable } from './rebuild.ts';

interface Options extends DatabaseOptions {
  force: boolean;
}

const lineIntervalMs = 5_000;
const stuckAfterMs = 15_000;
const exitCodeOfInterrupt = 130;

/** `souk rebuild SERVICE`: rebuilds a consumer's tables from the topics, while it runs. */
export const rebuildCommand = (): Command =>
  addBrokersOptions(
    new Command('rebuild')
      .description('rebuild the tables of a consumer from its topics; its answers are incomplete meanwhile')
      .addArgument(
        new Argument('<service>', `whose tables: ${rebuildable.join(' or ')}`).argParser(rebuildableOf),
      ),
  )
    .option(
      '--database-url <url>',
      'of the service’s own role (or DATABASE_URL); of the mesh started from here by default',
    )
    .option('--force', 'although Kafka no longer has the first events: what they brought is lost', false)
    .action(async (service: ServiceName, options: Options) => {
      process.exitCode = await run(service, options);
    });

const rebuildableOf = (text: string): ServiceName => {
  const found = rebuildable.find((name) => name === text);
  if (found) return found;
  const what = isServiceName(text)
    ? `what ${text} has it owns, and no topic holds it all: take its backup`
    : 'there is no such service';
  throw new InvalidArgumentError(`${what}. Can be rebuilt: ${rebuildable.join(' and ')}.`);
};

const run = async (service: ServiceName, options: Options): Promise<number> => {
  const databaseUrl = databaseUrlOf(service, options);
  const brokers = brokersOf(options);
  const startedAt = performance.now();
  const progress = showProgress(process.stderr, service);
  const outcome = await rebuild({
    service,
    databaseUrl,
    brokers,
    force: options.force,
    signal: interruption(),
    onProgress: progress.show,
  }).finally(progress.end);
  if (outcome !== 'complete') {
    console.log(
      outcome === 'watching'
        ? `The tables of ${service} are cleared; it goes on filling them by itself.`
        : 'Interrupted before anything was changed, or just then: if the tables are empty, they fill by themselves.',
    );
    return exitCodeOfInterrupt;
  }
  console.log(
    `Rebuilt the tables of ${service}: they have caught up with Kafka, in ${formatDuration(performance.now() - startedAt)}.`,
  );
  return 0;
};

/** A bar on a terminal; elsewhere a line every few seconds. Says so when nothing moves. */
const showProgress = (stream: NodeJS.WriteStream, service: ServiceName) => {
  let bar: cliProgress.SingleBar | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let moved = { done: -1, at: performance.now() };
  const showBar = (done: number, total: number, note: string) => {
    if (!bar) {
      bar = newBar(stream);
      bar.start(total, done, { note });
    }
    bar.setTotal(total);
    bar.update(done, { note });
  };
  const showLine = (done: number, total: number, note: string) => {
    if (performance.now() - writtenAt < lineIntervalMs && done < total) return;
    writtenAt = performance.now();
    stream.write(`read again: ${Math.floor((100 * done) / total)} %${note && `, ${note}`}\n`);
  };
  return {
    show: ({ done, total }: { done: number; total: number }) => {
      if (total === 0) return;
      if (done !== moved.done) moved = { done, at: performance.now() };
      const stuck = performance.now() - moved.at > stuckAfterMs;
      const note = stuck ? `nothing moves: does ${service} run? See souk status` : '';
      if (stream.isTTY) showBar(done, total, note);
      else showLine(done, total, note);
    },
    end: () => bar?.stop(),
  };
};

const newBar = (stream: NodeJS.WriteStream) =>
  new cliProgress.SingleBar({
    stream,
    format: 'reading again [{bar}] {percentage} %  {note}',
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
  });
