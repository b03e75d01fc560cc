import type { ServiceName } from '@souk/contracts/services.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { sequenceMax } from '@souk/service-kit/consumer/outcome.ts';
import { logRanges } from '@souk/service-kit/kafka/log-reader.ts';
import type { Sql } from '@souk/service-kit/postgres/database.ts';
import { errorCode } from '@souk/service-kit/postgres/errors.ts';
import {
  besideSchema,
  dropBeside,
  readBuild,
  readOtherSettings,
} from '@souk/service-kit/projection/beside.ts';
import { followReading, type ReadBefore, rebuildProgress } from '@souk/service-kit/projection/rebuild.ts';
import { switchBeside } from '@souk/service-kit/projection/switch-beside.ts';
import { wait } from '@souk/service-kit/service/backoff.ts';
import { withServiceDatabase } from '../client/service-database.ts';
import { startBuilder } from './builder.ts';
import { readDifferences, type TableDifference } from './differences.ts';
import { readLost, topicsOf } from './rebuild.ts';

export interface BesideOptions {
  service: ServiceName;
  /** Of the service's own role. */
  databaseUrl: string;
  brokers: KafkaAddress;
  force: boolean;
  /** Only the events up to this time; such tables are kept, and never switched. */
  asOf: Date | undefined;
  /** Leave the tables beside those in use instead of switching. */
  keep: boolean;
  /** Switch to tables that were made with other settings than the service has. */
  otherSettings: boolean;
  signal: AbortSignal;
  /** In messages. */
  onProgress(progress: { done: number; total: number; lastLine?: string | undefined }): void;
  /** A line for each setting in which the build differs from the service. */
  onOtherSettings(lines: readonly string[]): void;
  onDifferences(differences: readonly TableDifference[]): void;
  onWaiting(why: string): void;
}

const sessionsEndMs = 5_000;
const pollMs = 50;
const lockNotAvailable = '55P03';

/** `interrupted`: what is built stays, and the next call goes on with it. */
export type BesideOutcome = 'switched' | 'kept' | 'interrupted';

/**
 * Builds the tables of a service beside those in use, or goes on with a build, by a process of the service's own code
 * that is started here unless one runs elsewhere; then switches. Throws an Error for the user.
 */
export const rebuildBeside = (options: BesideOptions): Promise<BesideOutcome> =>
  inDatabase(options, async (sql) => {
    const lost = await readLost(sql, options);
    const build = await readBuild(sql);
    if (build && build.asOf?.getTime() !== options.asOf?.getTime())
      throw new Error(
        `another build was begun, ${build.asOf ? `as of ${build.asOf.toISOString()}` : 'of all events'}: --drop it first`,
      );
    const builder = build?.isRunning ? undefined : await startBuilder(options.service, options);
    try {
      return await Promise.race([
        followAndSwitch(sql, { ...options, lost, lastLine: () => builder?.lastLine() }),
        ...(builder ? [builder.failed] : []),
      ]);
    } finally {
      await builder?.stop();
      // Its sessions end a moment later; until then the next command would take it for running.
      const until = performance.now() + sessionsEndMs;
      while (builder && performance.now() < until && (await readBuild(sql))?.isRunning) await wait(pollMs);
    }
  });

interface FollowOptions extends BesideOptions {
  lost: ReadonlySet<string>;
  /** Of the builder, where it runs here. */
  lastLine(): string | undefined;
}

const followAndSwitch = async (sql: Sql, options: FollowOptions): Promise<BesideOutcome> => {
  if (!(await follow(sql, options))) return 'interrupted';
  options.onDifferences(await readDifferences(sql));
  // The service may have been started with others meanwhile.
  options.onOtherSettings(await otherSettings(sql, options));
  if (options.keep || options.asOf) return 'kept';
  // Until it ends by itself, when the tables are others, the builder keeps what it builds up to date.
  return (await switchBeside(sql, options)) ? 'switched' : 'interrupted';
};

/** Throws an Error for the user where the build is to take over and was made with other settings than the service has. */
const otherSettings = async (sql: Sql, options: BesideOptions): Promise<string[]> => {
  const lines = await readOtherSettings(sql);
  if (lines.length === 0 || options.keep || options.asOf || options.otherSettings) return lines;
  throw new Error(
    [
      `${options.service} has other settings than what is built beside:`,
      ...lines,
      'Build with its settings, or switch all the same with --other-settings',
    ].join('\n  '),
  );
};

/** Waits until the build has read all there is; what was read before it is waited for, too. False at the signal. */
const follow = async (sql: Sql, options: FollowOptions): Promise<boolean> => {
  const { service, brokers, signal, onProgress, lost, lastLine } = options;
  let hasBegun = false;
  const { events, retries } = topicsOf(service);
  const [{ schema }] = await sql<[{ schema: string }]>`select current_schema() as schema`;
  const before = (
    await sql<ReadBefore[]>`
      select source, topic, partition, last_sequence::float8 as last from consumer_positions
      where topic = any(${events})`
  ).filter(({ topic, partition, last }) => !lost.has(`${topic}/${partition}`) && last <= sequenceMax);
  return followReading(
    {
      readLogs: () => logRanges(brokers, [...events, ...retries]),
      signal,
      onProgress: (progress) => onProgress({ ...progress, lastLine: lastLine() }),
    },
    async (logs) => {
      const build = await readBuild(sql);
      if (build && !hasBegun) await otherSettings(sql, options);
      if (!build && hasBegun) throw new Error('what was built beside is gone: somebody has dropped it');
      hasBegun ||= build !== undefined;
      return build
        ? rebuildProgress(sql, logs, before, besideSchema(schema))
        : { done: 0, total: logs.reduce((sum, { from, to }) => sum + to - from, 0), complete: false };
    },
  );
};

/** Deletes what was built beside; false when there is nothing. Throws an Error for the user while a build runs. */
export const dropBuild = (options: Pick<BesideOptions, 'service' | 'databaseUrl'>): Promise<boolean> =>
  inDatabase(options, async (sql) => {
    const build = await readBuild(sql);
    if (build?.isRunning) throw new Error('a build runs: stop it first');
    // Also without one: something may be left of it.
    await dropBeside(sql).catch((error: unknown) => {
      if (errorCode(error) !== lockNotAvailable) throw error;
      throw new Error('somebody reads what is to be deleted: try again later');
    });
    return build !== undefined;
  });

/** One command at a time: others would switch to a build, or drop it, that is not theirs. */
const inDatabase = <T>(
  { service, databaseUrl: url }: Pick<BesideOptions, 'service' | 'databaseUrl'>,
  work: (sql: Sql) => Promise<T>,
): Promise<T> =>
  withServiceDatabase({ service, url, table: 'projection_tables' }, async (sql) => {
    const [{ locked }] = await sql<[{ locked: boolean }]>`
      select pg_try_advisory_lock(hashtextextended('souk:rebuild-beside:' || current_schema(), 0)) as locked`;
    if (!locked) throw new Error(`another command builds beside the tables of ${service}, or deletes there`);
    return work(sql as unknown as Sql);
  });
