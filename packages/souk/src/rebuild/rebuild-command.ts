import { type ServiceName, services } from '@souk/contracts/services.ts';
import { readRfc3339 } from '@souk/service-kit/instant.ts';
import { besideSchema } from '@souk/service-kit/projection/beside.ts';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { exitCodeOfInterrupt, interruption } from '../client/interruption.ts';
import { addBrokersOptions, brokersOf } from '../client/kafka-brokers.ts';
import { formatDuration } from '../client/numbers.ts';
import { type DatabaseOptions, databaseUrlOf } from '../client/service-database.ts';
import { describeDifferences } from './differences.ts';
import { rebuild, rebuildable } from './rebuild.ts';
import { dropBuild, rebuildBeside } from './rebuild-beside.ts';
import { showProgress } from './rebuild-progress.ts';

interface Options extends DatabaseOptions {
  force: boolean;
  beside: boolean;
  keep: boolean;
  drop: boolean;
  otherSettings: boolean;
  asOf?: Date;
}

/** `souk rebuild SERVICE`: rebuilds a consumer's tables from the topics, while it runs. */
export const rebuildCommand = (): Command =>
  addBrokersOptions(
    new Command('rebuild')
      .description(
        'rebuild the tables of a consumer from its topics; its answers are incomplete meanwhile, unless --beside is given',
      )
      .addArgument(
        new Argument('<service>', 'whose tables; those of the others come back from a backup').choices(
          rebuildable,
        ),
      ),
  )
    .option(
      '--database-url <url>',
      'of the service’s own role (or DATABASE_URL); of the mesh started from here by default',
    )
    .option(
      '--beside',
      'into a second set of tables that then takes over: answers stay complete meanwhile',
      false,
    )
    .option('--keep', 'with --beside: do not take over yet; the next --beside goes on from there', false)
    .option(
      '--as-of <time>',
      'beside, with the events up to this time; kept for comparing, never taken over',
      timeOf,
    )
    .option(
      '--other-settings',
      'with --beside: switch although the tables were made with other settings than the service has',
      false,
    )
    .option('--drop', 'delete what --beside or --as-of left', false)
    .option('--force', 'although Kafka no longer has the first events: what they brought is lost', false)
    .action(async (service: ServiceName, options: Options) => {
      process.exitCode = await runnerOf(options)(service, options);
    });

const timeOf = (text: string): Date => {
  const time = readRfc3339(text);
  if (time && time.getTime() <= Date.now()) return time;
  throw new InvalidArgumentError('a time such as 2026-03-18T12:00:00Z is needed, and not one to come');
};

const runnerOf = ({ beside, keep, drop, asOf }: Options) => {
  if (drop) return runDrop;
  if (keep && !beside && !asOf) throw new Error('--keep says something about --beside alone');
  return beside || asOf ? runBeside : run;
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

const runBeside = async (service: ServiceName, options: Options): Promise<number> => {
  const startedAt = performance.now();
  const progress = showProgress(process.stderr, service);
  const outcome = await rebuildBeside({
    service,
    databaseUrl: databaseUrlOf(service, options),
    brokers: brokersOf(options),
    force: options.force,
    asOf: options.asOf,
    keep: options.keep,
    otherSettings: options.otherSettings,
    signal: interruption(),
    onProgress: progress.show,
    onOtherSettings: (lines) => {
      if (lines.length > 0) console.log(`Settings that differ:\n  ${lines.join('\n  ')}`);
    },
    onDifferences: (differences) => {
      progress.end();
      for (const line of describeDifferences(differences)) console.log(line);
    },
    onWaiting: (why) => process.stderr.write(`the switch waits: ${why}\n`),
  }).finally(progress.end);
  const took = formatDuration(performance.now() - startedAt);
  const said = {
    switched: `Switched ${service} to the tables that were built beside, in ${took}.`,
    kept: `The tables of ${service} in the schema ${besideSchema(services[service].role)} are complete, in ${took}. Nothing is added, and nobody erased there, until the next --beside; --drop deletes them.`,
    interrupted: `Interrupted: ${service} goes on with the tables that it has. The next --beside goes on with what is built, --drop deletes it.`,
  };
  console.log(said[outcome]);
  return outcome === 'interrupted' ? exitCodeOfInterrupt : 0;
};

const runDrop = async (service: ServiceName, options: Options): Promise<number> => {
  const dropped = await dropBuild({ service, databaseUrl: databaseUrlOf(service, options) });
  console.log(
    dropped ? `Deleted what was built beside the tables of ${service}.` : 'There is nothing to delete.',
  );
  return 0;
};
