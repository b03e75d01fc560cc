import { setTimeout as pause } from 'node:timers/promises';
import kafka, { type DeliveryReport, type LibrdKafkaError } from '@confluentinc/kafka-javascript';
import { called, kafkaError } from './kafka-called.ts';

export interface MessageToSend {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers?: Record<string, Buffer | string>;
  /** Chosen by the key where it is not given. */
  partition?: number;
}

export interface KafkaSender {
  /**
   * Resolves once all in-sync replicas have them all; in the given order within a partition. Rejects with an Error
   * for the user when one fails; others may then be in the log.
   */
  send(topic: string, messages: readonly MessageToSend[]): Promise<void>;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const messageTimeoutMs = 60_000;
const queueFullPollMs = 5;
const flushTimeoutMs = 1;
/** librdkafka's RD_KAFKA_RESP_ERR__QUEUE_FULL. */
const queueFull = -184;
/** Dead letters are as large as what somebody could send. */
const messageBytesMax = 16 * 1_048_576;

/** Connects; rejects with an Error for the user when no broker answers. Keys choose partitions as in Java's client. */
export const openKafkaSender = async (brokers: string): Promise<KafkaSender> => {
  const producer = new kafka.Producer({
    'bootstrap.servers': brokers,
    'client.id': 'souk-command',
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
    send: async (topic, messages) => {
      const deliveries: Promise<void>[] = [];
      for (const message of messages) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        promise.catch(() => undefined);
        deliveries.push(promise);
        await produceWhenRoom(producer, topic, message, (error) =>
          error ? reject(kafkaError(`send to ${topic}`, error)) : resolve(),
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
  topic: string,
  { partition, key, value, headers = {} }: MessageToSend,
  delivery: Delivery,
): Promise<void> => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const headerList = Object.entries(headers).map(([name, header]) => ({ [name]: header }));
  for (;;) {
    try {
      producer.produce(topic, partition ?? null, bytes, key, null, delivery, headerList);
      return;
    } catch (error) {
      if ((error as LibrdKafkaError).code !== queueFull) throw kafkaError(`send to ${topic}`, error);
      await pause(queueFullPollMs);
    }
  }
};
