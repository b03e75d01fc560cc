import { setTimeout as pause } from 'node:timers/promises';
import kafka, { type DeliveryReport, type LibrdKafkaError } from '@confluentinc/kafka-javascript';
import { called, kafkaError } from './called.ts';

export interface OutgoingMessage {
  topic: string;
  /** Given by the key when it is absent. */
  partition?: number;
  key: Buffer | string | null;
  value: Buffer | null;
  headers: Readonly<Record<string, Buffer | string>>;
}

export interface TopicWriter {
  /**
   * Sends in the given order and resolves once all in-sync replicas have all of them. Rejects with an Error for
   * the user when one fails; some of them may then be in the log, and the writer is of no more use.
   */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const messageTimeoutMs = 60_000;
const queueFullPollMs = 5;
const flushTimeoutMs = 1;
const queueFull = -184;
/** The largest message, in bytes: dead letters are as large as what somebody could send. */
const messageBytesMax = 16 * 1_048_576;

/** Rejects with an Error for the user when no broker answers in 5 seconds. Partitions are chosen as Java's client does. */
export const openTopicWriter = async (brokers: string): Promise<TopicWriter> => {
  const producer = new kafka.Producer({
    'bootstrap.servers': brokers,
    'client.id': 'souk',
    acks: -1,
    'enable.idempotence': true,
    partitioner: 'murmur2_random',
    'linger.ms': 1,
    'compression.type': 'lz4',
    'message.timeout.ms': messageTimeoutMs,
    'message.max.bytes': messageBytesMax,
    'queue.buffering.max.kbytes': 32 * 1_024,
    log_level: 0,
    dr_cb: true,
  } as kafka.ProducerGlobalConfig);
  producer.on('event.error', () => undefined);
  await called('connect', (done) => producer.connect({ timeout: connectTimeoutMs }, done)).catch(() => {
    throw new Error(`no Kafka broker answers at ${brokers}`);
  });
  producer.setPollInBackground(true);
  producer.on('delivery-report', (error: LibrdKafkaError | null, report: DeliveryReport) =>
    (report.opaque as Delivery)(error),
  );
  return {
    send: async (messages) => {
      const deliveries: Promise<void>[] = [];
      for (const message of messages) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        promise.catch(() => undefined);
        deliveries.push(promise);
        await produceWhenRoom(producer, message, (error) =>
          error ? reject(kafkaError(`send to ${message.topic}`, error)) : resolve(),
        );
      }
      await Promise.all(deliveries);
    },
    close: () =>
      new Promise((resolve) => {
        if (!producer.isConnected()) return resolve();
        producer.disconnect(flushTimeoutMs, () => resolve());
      }),
  };
};

/** Called with the outcome of one message. */
type Delivery = (error: LibrdKafkaError | null) => void;

/** Hands one message to librdkafka; while its queue is full, waits for acknowledgements to make room. */
const produceWhenRoom = async (
  producer: kafka.Producer,
  { topic, partition = null, key, value, headers }: { partition?: number | null } & OutgoingMessage,
  delivery: Delivery,
): Promise<void> => {
  const headerList = Object.entries(headers).map(([name, header]) => ({ [name]: header }));
  for (;;) {
    try {
      producer.produce(topic, partition, value, key, null, delivery, headerList);
      return;
    } catch (error) {
      if ((error as LibrdKafkaError).code !== queueFull) throw kafkaError(`send to ${topic}`, error);
      await pause(queueFullPollMs);
    }
  }
};
