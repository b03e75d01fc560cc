import { kafkaTopics } from '@souk/contracts/topics.ts';
import { localKafka } from '@souk/testing/local/local-kafka.ts';
import { type Loader, startLoader } from '../load/loader.ts';
import { type Observed, openWorld, type World } from './world.ts';

/** What every row runs on: one real Kafka for all, a load generator, and worlds. */
export interface Stack {
  loader: Loader;
  observed: Readonly<Observed>;
  /** A new Postgres and Redis, and an empty Kafka; `env` is added to that of the services. One at a time: the one before must be closed. */
  openWorld(env?: Record<string, string>): Promise<World>;
  /** Ends every process and deletes what they wrote. */
  close(): Promise<void>;
}

/** When the signal is aborted the world closes, so that what is measured in it fails soon. */
export const startStack = async (signal: AbortSignal): Promise<Stack> => {
  const kafka = await localKafka(kafkaTopics.map(({ name }) => name));
  const loader = startLoader();
  const observed: Observed = { peaksMiB: new Map(), postgres: '' };
  let world: Promise<World> | undefined;
  const closeWorld = async () => (await world?.catch(() => undefined))?.close();
  signal.addEventListener('abort', () => void closeWorld().catch(() => undefined));
  return {
    loader,
    observed,
    openWorld: async (env) => {
      signal.throwIfAborted();
      await kafka.empty();
      world = openWorld(kafka.brokers, observed, env);
      return world;
    },
    close: async () => {
      await loader.stop();
      await closeWorld();
      await kafka.stop();
    },
  };
};
