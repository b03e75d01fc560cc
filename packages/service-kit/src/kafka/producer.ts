import { setTimeout as sleep } from 'node:timers/promises';
import kafka, { type DeliveryReport, type LibrdKafkaError } from '@confluentinc/kafka-javascript';
import { type KafkaAddress, kafkaClientSettings } from '../config/encryption.ts';
import { connect } from './connect.ts';
import { called, kafkaErrorCode, kafkaFailure } from './kafka-error.ts';
import type { HeaderValue } from './message.ts';

export interface OutgoingMessage {
  topic: string;
  key: Buffer | string | null;
  value: Buffer | null;
  headers: Record<string, HeaderValue>;
  /** Chosen by the key where it is not given. */
  partition?: number;
}

/** Offsets of the last acknowledged message by partition number. */
export type LogEnds = Record<string, number>;

/**
 * One connection's worth of producing. The first failure of any kind, a lost broker included, ends the
 * session: whatever is not acknowledged is dropped, never sent later without the caller, and every
 * publish rejects. The caller opens a new session and decides again what to send.
 */
export interface ProducerSession {
  /**
   * Sends messages of one topic in the given order, behind those of earlier calls, which need not be acknowledged
   * yet. Resolves once all in-sync replicas have them all. Rejects as a whole; some may then be in the log.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<LogEnds>;
  /** How many partitions the topic has; 0 when there is no such topic. */
  partitions(topic: string): Promise<number>;
  /** Offset one past the last message of a partition. */
  logEnd(topic: string, partition: number): Promise<number>;
  /** Aborted when the session is over, by a failure or by close; the reason is an error with code KAFKA. */
  over: AbortSignal;
  /** Whatever is not acknowledged by now is dropped, and its publish rejects. */
  close(): Promise<void>;
}

const connectTimeoutMs = 3_000;
const queryTimeoutMs = 5_000;
const queueFullPollMs = 5;
const flushTimeoutMs = 1;
/** Longer than the event loop may be late: a failed session is closed before librdkafka tries to resend. */
const reconnectBackoffMs = 2_000;
/** The largest message, in bytes: a dead letter carries whatever somebody could send. Less than the queue. */
export const messageBytesMax = 16 * 1_048_576;

export interface ProducerOptions {
  brokers: KafkaAddress;
  clientId: string;
  /** No gaps and no repeats within the session. */
  idempotent?: boolean;
  /** Whether a broker that allows it may make a topic of the first message to it. Default true. */
  createTopics?: boolean;
  /** What is not acknowledged by then has failed. Default 30 seconds. */
  messageTimeoutMs?: number;
}

/**
 * Opens a producer (acks=all), idempotent and without gaps unless told otherwise. Rejects when no broker
 * answers in 3 seconds.
 * The low-level client is used because its delivery reports carry the offset of every single message.
 */
export const openProducer = async ({
  brokers,
  clientId,
  idempotent = true,
  createTopics = true,
  messageTimeoutMs = 30_000,
}: ProducerOptions): Promise<ProducerSession> => {
  const producer = new kafka.Producer({
    ...kafkaClientSettings(brokers),
    'client.id': clientId,
    acks: -1,
    'enable.idempotence': idempotent,
    'enable.gapless.guarantee': idempotent,
    partitioner: 'murmur2_random',
    // Messages gather while others are on their way; a single one does not wait.
    'linger.ms': 0,
    'compression.type': 'lz4',
    'message.timeout.ms': messageTimeoutMs,
    'allow.auto.create.topics': createTopics,
    'message.max.bytes': messageBytesMax,
    'queue.buffering.max.kbytes': 32 * 1024,
    'reconnect.backoff.ms': reconnectBackoffMs,
    'reconnect.backoff.max.ms': 2 * reconnectBackoffMs,
    dr_cb: true,
  });
  const ending = new AbortController();
  const over = ending.signal;
  const batches = new Set<Batch>();
  const end = (failure: Error) => {
    ending.abort(failure);
    for (const batch of batches) batch.fail(over.reason);
  };
  producer.on('event.error', (error) => end(kafkaFailure('producer', error)));
  await connect(producer, { timeout: connectTimeoutMs });
  producer.setPollInBackground(true);

  producer.on(
    'delivery-report',
    (error: LibrdKafkaError | null, { opaque, partition, offset }: DeliveryReport) => {
      if (error) return end(kafkaFailure('delivery', error));
      const batch = opaque as Batch;
      batch.logEnds[partition] = Math.max(offset, batch.logEnds[partition] ?? offset);
      if (--batch.missing === 0) batch.complete();
    },
  );

  let closed: Promise<void> | undefined;
  let handingOver = Promise.resolve();

  return {
    publish: async (messages) => {
      over.throwIfAborted();
      if (messages.length === 0) return {};
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const batch: Batch = { logEnds: {}, missing: messages.length, complete: resolve, fail: reject };
      batches.add(batch);
      handingOver = handingOver.then(async () => {
        try {
          await handOver(producer, messages, batch, over);
        } catch (error) {
          reject(error);
          end(kafkaFailure('an earlier message was not taken'));
        }
      });
      await promise.finally(() => batches.delete(batch));
      return batch.logEnds;
    },
    partitions: async (topic) => {
      const { topics } = await called<kafka.Metadata>('query the partitions', (done) =>
        producer.getMetadata({ topic, timeout: queryTimeoutMs }, done),
      );
      return topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    },
    logEnd: async (topic, partition) => {
      const { highOffset } = await called<kafka.WatermarkOffsets>('query the log end', (done) =>
        producer.queryWatermarkOffsets(topic, partition, queryTimeoutMs, done),
      );
      return highOffset;
    },
    over,
    close: () => {
      end(kafkaFailure('closed'));
      closed ??= disconnect(producer);
      return closed;
    },
  };
};

/** What a delivery report says it belongs to. */
interface Batch {
  logEnds: LogEnds;
  missing: number;
  complete: () => void;
  fail: (error: unknown) => void;
}

/** Hands messages to librdkafka; while its queue is full, waits for acknowledgements to make room. */
const handOver = async (
  producer: kafka.Producer,
  messages: readonly OutgoingMessage[],
  batch: Batch,
  over: AbortSignal,
): Promise<void> => {
  // librdkafka reconnects by itself: what a dead session still handed over would overtake what it lost.
  for (const message of messages)
    for (over.throwIfAborted(); !isTaken(producer, message, batch); over.throwIfAborted())
      await sleep(queueFullPollMs);
};

/** False when the queue is full. */
const isTaken = (
  producer: kafka.Producer,
  { topic, partition, key, value, headers }: OutgoingMessage,
  batch: Batch,
): boolean => {
  try {
    producer.produce(topic, partition ?? null, value, key, null, batch, headerList(headers));
    return true;
  } catch (error) {
    if ((error as LibrdKafkaError).code === kafkaErrorCode.queueFull) return false;
    throw kafkaFailure('produce', error);
  }
};

const headerList = (headers: OutgoingMessage['headers']): { [name: string]: Buffer | string }[] => {
  const list: { [name: string]: Buffer | string }[] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name] as HeaderValue;
    if (typeof value === 'string' || Buffer.isBuffer(value)) list.push({ [name]: value });
    else for (const one of value) list.push({ [name]: one });
  }
  return list;
};

/** The binding begins with a flush; it is given no time: what is unsent stays unsent. */
const disconnect = (producer: kafka.Producer): Promise<void> =>
  new Promise((resolve) => {
    if (!producer.isConnected()) return resolve();
    producer.disconnect(flushTimeoutMs, () => resolve());
  });
