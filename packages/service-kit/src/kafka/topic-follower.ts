import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type {
  KafkaConsumer,
  Message,
  TopicPartitionOffset,
  WatermarkOffsets,
} from '@confluentinc/kafka-javascript';
import type { KafkaAddress } from '../config/encryption.ts';
import { allBrokersDown, called, kafkaFailure } from './kafka-error.ts';
import { boundsOf, type LogRange } from './log-bounds.ts';
import { readMax, withConsumer } from './log-reader.ts';
import { type ReceivedMessage, receivedMessage } from './message.ts';

export interface FollowOptions {
  brokers: KafkaAddress;
  topic: string;
  /** How long a broker may hold back an empty answer. */
  fetchWaitMaxMs: number;
  onMessage(message: ReceivedMessage): void;
  /** Everything is read that the log had in the beginning. */
  onCurrent(): void;
  signal: AbortSignal;
}

const lookEveryMs = 2_000;
const lookTimeoutMs = 1_000;

/**
 * Hands over every message of a topic, those of a partition in order, and then what comes, until the signal is aborted.
 * In no group, so that each caller gets all. Rejects as soon as no broker can be reached, when the log was lost, and
 * when nothing is read although there is more: the caller begins again, from the start of the log.
 */
export const followTopic = ({ brokers, topic, fetchWaitMaxMs, ...caller }: FollowOptions): Promise<void> =>
  withConsumer(
    brokers,
    async (consumer, metadata) => {
      const ranges = await boundsOf(consumer, metadata, (name) => name === topic);
      if (ranges.length === 0) throw kafkaFailure(`there is no topic ${topic}`);
      const next = new Map(ranges.map(({ partition, from }) => [partition, from]));
      const unread = new Set(ranges.filter(({ from, to }) => from < to).map(({ partition }) => partition));
      // What ends a log may be no message: it may end with the mark of a transaction.
      consumer.on('partition.eof', ({ partition, offset }) => {
        unread.delete(partition);
        next.set(partition, offset);
      });
      // Brokers that come back may have another log, in which the next offset is another message.
      let isCutOff = false;
      consumer.on('event.error', ({ message }) => {
        isCutOff ||= message === allBrokersDown;
      });
      const look = createLook(consumer, ranges, next);
      consumer.assign(
        ranges.map(({ partition, from }) => ({ topic, partition, offset: from }) as TopicPartitionOffset),
      );
      for (let isCurrent = false; !caller.signal.aborted; ) {
        const messages = await called<Message[]>('read', (done) => consumer.consume(readMax, done));
        // After the events that came before the messages.
        await eventLoopTurn();
        if (isCutOff) throw kafkaFailure('no broker can be reached');
        for (const message of messages) {
          caller.onMessage(receivedMessage(message, Date.now()));
          next.set(message.partition, message.offset + 1);
        }
        if (!isCurrent && unread.size === 0) {
          isCurrent = true;
          caller.onCurrent();
        }
        await look();
      }
    },
    fetchWaitMaxMs,
  );

/** Gives a function that compares, now and then, what was read with what there is; throws when it cannot be right. */
const createLook = (
  consumer: KafkaConsumer,
  ranges: readonly LogRange[],
  next: ReadonlyMap<number, number>,
) => {
  const before = new Map<number, { seen: number; end: number }>();
  let lookedAt = performance.now();
  return async (): Promise<void> => {
    if (performance.now() - lookedAt < lookEveryMs) return;
    for (const { topic, partition } of ranges) {
      const seen = next.get(partition) ?? 0;
      const { highOffset: end } = await called<WatermarkOffsets>('look at a log', (done) =>
        consumer.queryWatermarkOffsets(topic, partition, lookTimeoutMs, done),
      );
      if (end < seen) throw kafkaFailure(`the log of ${topic} was lost`);
      const last = before.get(partition);
      if (last && last.end > seen && last.seen === seen) throw kafkaFailure(`${topic} gives no messages`);
      before.set(partition, { seen, end });
    }
    lookedAt = performance.now();
  };
};
