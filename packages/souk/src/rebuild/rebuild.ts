import { consumersOf, type ServiceName, serviceNames, services } from '@souk/contracts/services.ts';
import { retryTopic } from '@souk/contracts/topic.ts';
import { topics } from '@souk/contracts/topics.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { logRanges } from '@souk/service-kit/kafka/log-reader.ts';
import type { Sql } from '@souk/service-kit/postgres/database.ts';
import { rebuildProjections } from '@souk/service-kit/projection/rebuild.ts';
import type postgres from 'postgres';
import { withServiceDatabase } from '../client/service-database.ts';
import { type LostEvents, lostEvents } from './lost-events.ts';

/** The services whose tables are made out of events alone. */
export const rebuildable = serviceNames.filter((name) => !services[name].publishes);

export interface RebuildOptions {
  service: ServiceName;
  /** Of the service's own role. */
  databaseUrl: string;
  brokers: KafkaAddress;
  /** Rebuild although events are gone from Kafka that the tables were made from: what they brought is lost. */
  force: boolean;
  signal: AbortSignal;
  /** In messages. */
  onProgress(progress: { done: number; total: number }): void;
}

/** `interrupted` before the tables were cleared, or `watching` afterwards: then the rebuild goes on by itself. */
export type RebuildOutcome = 'complete' | 'interrupted' | 'watching';

/**
 * Clears the service's tables and follows how its running consumers fill them again out of Kafka, until they have
 * caught up or the signal comes. Throws an Error for the user, with nothing changed, when the database is another one, and when
 * Kafka no longer has what the tables were made from and `force` is not given.
 */
export const rebuild = async (options: RebuildOptions): Promise<RebuildOutcome> => {
  const { service, databaseUrl, brokers, signal, onProgress } = options;
  let cleared = false;
  return await withServiceDatabase(
    { service, url: databaseUrl, table: 'projection_tables' },
    async (sql): Promise<RebuildOutcome> => {
      const lost = await readLost(sql, options);
      const { events, retries } = topicsOf(service);
      if (signal.aborted) return 'interrupted';
      const done = await rebuildProjections(
        sql as unknown as Sql,
        {
          readLogs: () => logRanges(brokers, [...events, ...retries]),
          ...{ signal, onProgress, lost },
        },
        () => {
          cleared = true;
        },
      );
      return done ? 'complete' : 'watching';
    },
  ).catch((error: Error) => {
    if (!cleared) throw error;
    throw new Error(
      `the rebuild could not be followed; the tables are cleared, and fill again by themselves: ${error.message}`,
    );
  });
};

/** TOPIC/PARTITION whose last events are gone from Kafka. Throws an Error for the user about any that are, without `force`. */
export const readLost = async (
  sql: postgres.Sql,
  { service, brokers, force }: Pick<RebuildOptions, 'service' | 'brokers' | 'force'>,
): Promise<ReadonlySet<string>> => {
  const lost = await lostEvents(sql, brokers, topicsOf(service));
  if (lost.length > 0 && !force) throw new Error(lostMessage(service, lost));
  return new Set(
    lost.filter(({ endIsLost }) => endIsLost).map(({ topic, partition }) => `${topic}/${partition}`),
  );
};

export const topicsOf = (service: ServiceName): { events: string[]; retries: string[] } => {
  const events = topics.map(({ name }) => name).filter((name) => consumersOf(name).includes(service));
  return { events, retries: events.map((name) => retryTopic(name, service)) };
};

const lostMessage = (service: ServiceName, lost: readonly LostEvents[]): string =>
  [
    `Kafka no longer has all events: the tables of ${service} could not become what they are.`,
    ...lost.map(({ topic, partition, what }) => `  ${topic}, partition ${partition} ${what}`),
    'Nothing was changed. --force rebuilds out of what is left.',
  ].join('\n');
