import { kafkaTopics } from '@souk/contracts/topics.ts';
import { type LocalKafka, localKafka } from '@souk/testing/local/local-kafka.ts';
import { type Loader, startLoader } from '../load/loader.ts';
import { openWorld, type World } from './world.ts';

/** What every row runs on: one real Kafka for all, a load generator, and worlds. */
export interface Stack {
  kafka: LocalKafka;
  loader: Loader;
  /** The most memory any process of a service has had so far, in MiB. */
  peaksMiB: Map<string, number>;
  /** A new Postgres and Redis, and an empty Kafka. One at a time: the one before must be closed. */
  openWorld(): Promise<World>;
  /** Ends every process and deletes what they wrote. */
  close(): Promise<void>;
}

export const startStack = async (): Promise<Stack> => {
  const kafka = await localKafka(kafkaTopics.map(({ name }) => name));
  const loader = startLoader();
  const peaksMiB = new Map<string, number>();
  let world: World | undefined;
  return {
    kafka,
    loader,
    peaksMiB,
    openWorld: async () => {
      await kafka.empty();
      world = await openWorld(kafka.brokers, peaksMiB);
      return world;
    },
    close: async () => {
      await loader.stop();
      await world?.close();
      await kafka.stop();
    },
  };
};
