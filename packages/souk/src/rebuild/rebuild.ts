import { fileURLToPath } from 'node:url';
import { retryTopic } from '@souk/contracts/topic.ts';
import { topics } from '@souk/contracts/topics.ts';
import { cutLogs } from '../client/kafka-log.ts';
import { startChild } from '../embedded/child.ts';

/** The services whose tables are made out of events alone. */
export const rebuildable = ['recommendation', 'analytics'] as const;
export type Rebuildable = (typeof rebuildable)[number];

export interface RebuildOptions {
  service: Rebuildable;
  /** Of the service's own role. */
  databaseUrl: string;
  /** host:port, comma separated. */
  brokers: string;
  /** Rebuild although the oldest events are gone from Kafka: what they brought is lost. */
  force: boolean;
  signal: AbortSignal;
  /** In numbers of events; not called when nothing had been read. */
  onProgress(progress: { done: number; total: number }): void;
}

const program = fileURLToPath(
  new URL('../../../service-kit/src/projection/rebuild-main.ts', import.meta.url),
);
const stopDeadlineMs = 5_000;

/**
 * Clears the service's tables and follows how its running consumers fill them again out of Kafka; false when the
 * signal ended the watching, which leaves the rebuild itself to go on. Throws an Error for the user, with nothing
 * changed, when Kafka no longer has the first events and `force` is not given.
 */
export const rebuild = async (options: RebuildOptions): Promise<boolean> => {
  const { service, databaseUrl, brokers, force, signal, onProgress } = options;
  const cut = await cutLogs(brokers, topicsOf(service));
  if (cut.length > 0 && !force) throw new Error(cutMessage(service, cut));
  const child = await startChild({
    command: process.execPath,
    args: [program],
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
    stopDeadlineMs,
    onLine: (line) => {
      if (line.startsWith('{')) onProgress(JSON.parse(line));
    },
  });
  const onAbort = () => void child.stop();
  signal.addEventListener('abort', onAbort);
  const { code } = await child.exited;
  signal.removeEventListener('abort', onAbort);
  if (signal.aborted) return false;
  if (code !== 0) throw new Error(`the rebuild failed:\n${child.lastLines().slice(-5).join('\n')}`);
  return true;
};

const topicsOf = (service: Rebuildable): string[] =>
  topics
    .filter(({ consumers }) => consumers.includes(service))
    .flatMap(({ name }) => [name, retryTopic(name, service)]);

const cutMessage = (service: Rebuildable, cut: Awaited<ReturnType<typeof cutLogs>>): string =>
  [
    `Kafka no longer has all events: the tables of ${service} could not become what they are.`,
    ...cut.map(
      ({ topic, partition, beginsAt }) => `  ${topic}, partition ${partition} begins at offset ${beginsAt}`,
    ),
    'Nothing was changed. --force rebuilds out of what is left.',
  ].join('\n');
