import type { KafkaConsumer, Metadata } from '@confluentinc/kafka-javascript';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { called } from '@souk/service-kit/kafka/kafka-error.ts';
import { withConsumer } from '@souk/service-kit/kafka/log-reader.ts';
import { problem } from '@souk/service-kit/problem.ts';
import pLimit from 'p-limit';

/** A consumer in no group for questions to the logs, kept for the next question: each one costs a connection. */
export interface LogSession {
  /** Runs one piece of work after the other. Throws a 503 `kafka_unreachable` when no broker answers. */
  use<T>(work: (consumer: KafkaConsumer, metadata: Metadata) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Held {
  consumer: KafkaConsumer;
  end(): void;
  ended: Promise<void>;
}

const silenceMs = 60_000;
const metadataTimeoutMs = 5_000;

export const createLogSession = (brokers: KafkaAddress): LogSession => {
  const oneAtATime = pLimit(1);
  let held: Held | undefined;
  let silence: NodeJS.Timeout | undefined;
  const end = async () => {
    clearTimeout(silence);
    const { end: release, ended } = held ?? {};
    held = undefined;
    release?.();
    await ended;
  };
  const use = async <T>(work: (consumer: KafkaConsumer, metadata: Metadata) => Promise<T>): Promise<T> => {
    clearTimeout(silence);
    try {
      held ??= await open(brokers);
      const { consumer } = held;
      const metadata = await called<Metadata>('ask for the topics', (done) =>
        consumer.getMetadata({ allTopics: true, timeout: metadataTimeoutMs }, done),
      );
      return await work(consumer, metadata);
    } catch (error) {
      await end();
      throw asProblem(error);
    } finally {
      silence = setTimeout(() => oneAtATime(end), silenceMs).unref();
    }
  };
  return { use: (work) => oneAtATime(() => use(work)), close: () => oneAtATime(end) };
};

const open = (brokers: KafkaAddress): Promise<Held> =>
  new Promise((resolve, reject) => {
    const released = Promise.withResolvers<void>();
    const ended: Promise<void> = withConsumer(brokers, async (consumer) => {
      resolve({ consumer, end: () => released.resolve(), ended: ended.catch(() => undefined) });
      await released.promise;
    });
    ended.catch(reject);
  });

/** What a person is told when Kafka does not answer; a problem stays what it is. */
export const asProblem = (error: unknown): unknown => {
  const { code, message } = error as Error & { code?: unknown };
  const isKafka = code === 'KAFKA' || /^(no Kafka broker answers|Kafka gives no more)/.test(message);
  return isKafka ? problem(503, 'kafka_unreachable', 'Kafka does not answer', { cause: error }) : error;
};
