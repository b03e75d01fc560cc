import { fileURLToPath } from 'node:url';
import { consumersOf, type ServiceName, serviceNames, services } from '@souk/contracts/services.ts';
import { retryTopic } from '@souk/contracts/topic.ts';
import { topics } from '@souk/contracts/topics.ts';
import { startChild } from '@souk/embedded/child.ts';
import { withServiceDatabase } from '../client/service-database.ts';
import { type LostEvents, lostEvents } from './lost-events.ts';

/** The services whose tables are made out of events alone. */
export const rebuildable = serviceNames.filter((name) => !services[name].publishes);

export interface RebuildOptions {
  service: ServiceName;
  /** Of the service's own role. */
  databaseUrl: string;
  /** host:port, comma separated. */
  brokers: string;
  /** Rebuild although events are gone from Kafka that the tables were made from: what they brought is lost. */
  force: boolean;
  signal: AbortSignal;
  /** In numbers of events; not called when nothing had been read. */
  onProgress(progress: { done: number; total: number }): void;
}

const program = fileURLToPath(
  new URL('../../../service-kit/src/projection/rebuild-main.ts', import.meta.url),
);
const stopDeadlineMs = 5_000;
const linesShownMax = 5;

/** `interrupted` before the tables were cleared, or `watching` afterwards: then the rebuild goes on by itself. */
export type RebuildOutcome = 'complete' | 'interrupted' | 'watching';

/**
 * Clears the service's tables and follows how its running consumers fill them again out of Kafka, until that is done
 * or the signal comes. Throws an Error for the user, with nothing changed, when the database is another one, and when
 * Kafka no longer has what the tables were made from and `force` is not given.
 */
export const rebuild = async (options: RebuildOptions): Promise<RebuildOutcome> => {
  const { service, databaseUrl, brokers, force, signal, onProgress } = options;
  const lost = await withServiceDatabase(
    { service, url: databaseUrl, table: 'projection_generation' },
    (sql) => lostEvents(sql, brokers, topicsOf(service)),
  );
  if (lost.length > 0 && !force) throw new Error(lostMessage(service, lost));
  if (signal.aborted) return 'interrupted';
  let cleared = false;
  // The kit is no dependency of this package: its tests stand on it, by way of those who test.
  const child = await startChild({
    command: process.execPath,
    args: [
      program,
      ...lost.filter(({ endIsLost }) => endIsLost).map(({ topic, partition }) => `${topic}/${partition}`),
    ],
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
    stopDeadlineMs,
    onLine: (line) => {
      if (!line.startsWith('{')) return;
      cleared = true;
      onProgress(JSON.parse(line));
    },
  });
  const onAbort = () => void child.stop();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  const { code } = await child.exited;
  signal.removeEventListener('abort', onAbort);
  if (code === 0) return 'complete';
  if (signal.aborted) return cleared ? 'watching' : 'interrupted';
  const whether = cleared ? 'the tables are cleared, and grow back by themselves' : 'nothing was changed';
  const lines = child.lastLines().filter((line) => !line.startsWith('{'));
  throw new Error(
    [`the rebuild could not be followed; ${whether}:`, ...lines.slice(-linesShownMax)].join('\n'),
  );
};

const topicsOf = (service: ServiceName): { events: string[]; retries: string[] } => {
  const events = topics.map(({ name }) => name).filter((name) => consumersOf(name).includes(service));
  return { events, retries: events.map((name) => retryTopic(name, service)) };
};

const lostMessage = (service: ServiceName, lost: readonly LostEvents[]): string =>
  [
    `Kafka no longer has all events: the tables of ${service} could not become what they are.`,
    ...lost.map(({ topic, partition, what }) => `  ${topic}, partition ${partition} ${what}`),
    'Nothing was changed. --force rebuilds out of what is left.',
  ].join('\n');
