import type { ServiceName } from '@souk/contracts/services.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { sequenceMax } from '@souk/service-kit/consumer/outcome.ts';
import { logRanges } from '@souk/service-kit/kafka/log-reader.ts';
import type { Sql } from '@souk/service-kit/postgres/database.ts';
import { besideSchema, dropBeside, readBuild } from '@souk/service-kit/projection/beside.ts';
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
  signal: AbortSignal;
  /** In messages. */
  onProgress(progress: { done: number; total: number }): void;
  onDifferences(differences: readonly TableDifference[]): void;
  /** Why the switch waits. */
  onWaiting(why: string): void;
}

const sessionsEndMs = 5_000;
const pollMs = 50;

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
      return await Promise.race([followAndSwitch(sql, options, lost), ...(builder ? [builder.failed] : [])]);
    } finally {
      await builder?.stop();
      // Its sessions end a moment later; until then the next command would take it for running.
      const until = performance.now() + sessionsEndMs;
      while (builder && performance.now() < until && (await readBuild(sql))?.isRunning) await wait(pollMs);
    }
  });

const followAndSwitch = async (
  sql: Sql,
  options: BesideOptions,
  lost: ReadonlySet<string>,
): Promise<BesideOutcome> => {
  if (!(await follow(sql, options, lost))) return 'interrupted';
  options.onDifferences(await readDifferences(sql));
  if (options.keep || options.asOf) return 'kept';
  // Until it ends by itself, when the tables are others, the builder keeps what it builds up to date.
  return (await switchBeside(sql, { ...options, lost })) ? 'switched' : 'interrupted';
};

/** Waits until the build has read all there is; what was read before it is waited for, too. False at the signal. */
const follow = async (
  sql: Sql,
  { service, brokers, signal, onProgress }: BesideOptions,
  lost: ReadonlySet<string>,
): Promise<boolean> => {
  const { events, retries } = topicsOf(service);
  const [{ schema }] = await sql<[{ schema: string }]>`select current_schema() as schema`;
  const before = (
    await sql<ReadBefore[]>`
      select source, topic, partition, last_sequence::float8 as last from consumer_positions
      where topic = any(${events})`
  ).filter(({ topic, partition, last }) => !lost.has(`${topic}/${partition}`) && last <= sequenceMax);
  return followReading(
    { readLogs: () => logRanges(brokers, [...events, ...retries]), signal, onProgress },
    async (logs) =>
      (await readBuild(sql))
        ? rebuildProgress(sql, logs, before, besideSchema(schema))
        : { done: 0, total: logs.reduce((sum, { from, to }) => sum + to - from, 0), complete: false },
  );
};

/** Deletes what was built beside; false when there is nothing. Throws an Error for the user while a build runs. */
export const dropBuild = (options: Pick<BesideOptions, 'service' | 'databaseUrl'>): Promise<boolean> =>
  inDatabase(options, async (sql) => {
    const build = await readBuild(sql);
    if (build?.isRunning) throw new Error('a build runs: stop it first');
    if (build) await dropBeside(sql);
    return build !== undefined;
  });

const inDatabase = <T>(
  { service, databaseUrl: url }: Pick<BesideOptions, 'service' | 'databaseUrl'>,
  work: (sql: Sql) => Promise<T>,
): Promise<T> =>
  withServiceDatabase({ service, url, table: 'projection_tables' }, (sql) => work(sql as unknown as Sql));
