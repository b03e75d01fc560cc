import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { KafkaConsumer, Message, Metadata, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import type { KafkaAddress } from '../config/encryption.ts';
import type { Logger } from '../log.ts';
import { backoffMs, wait } from '../service/backoff.ts';
import { allBrokersDown, called, kafkaFailure } from './kafka-error.ts';
import { boundsOf, type LogRange, partitionName } from './log-bounds.ts';
import { readMax, withConsumer } from './log-reader.ts';
import { type ReceivedMessage, receivedMessage } from './message.ts';

export interface FollowOptions {
  brokers: KafkaAddress;
  /** How long a broker may hold back an empty answer; 10 ms unless given. */
  fetchWaitMaxMs?: number;
  log: Logger;
  /** One topic, which has to be there; or which ones, also of those that are created meanwhile. */
  topics: string | ((name: string) => boolean);
  /** Whether what is in the logs already is read first. */
  from: 'start' | 'end';
  /** It begins, or begins again: with `from: 'start'` everything comes again. */
  onBegin?(): void;
  onMessage(message: ReceivedMessage): void;
  /** Everything is read that the logs had in the beginning. */
  onCurrent(): void;
  /** No broker can be reached, a log was lost, or nothing is read of one topic although it has more; it is tried again. */
  onInterrupted(): void;
  /** What the log says of that. */
  interrupted: string;
  signal: AbortSignal;
}

const lookEveryMs = 2_000;
/** Whether one log goes on is to be known soon; of many, one without a leader need not hold up the others. */
const lookPatienceMs = { one: 1_000, many: 30_000 };
const metadataTimeoutMs = 5_000;
const retry = { baseMs: 100, maxMs: 5_000 };

/**
 * Hands over every message of the logs, those of a partition in order, and then what comes, until the signal is aborted.
 * In no group, so that each caller gets all. Never rejects: after an interruption it begins again, with `from: 'end'`
 * behind what came meanwhile.
 */
export const followLogs = async (options: FollowOptions): Promise<void> => {
  const { log, interrupted, signal } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    options.onBegin?.();
    const onCurrent = () => {
      attempt = 0;
      options.onCurrent();
    };
    await followOnce({ ...options, onCurrent }).catch((error: unknown) => {
      if (attempt === 0) log.warn({ err: error }, interrupted);
    });
    options.onInterrupted();
    await wait(backoffMs(attempt, retry), signal);
  }
};

const followOnce = (options: FollowOptions): Promise<void> => {
  const { brokers, fetchWaitMaxMs, topics, from, signal, onMessage, onCurrent } = options;
  const isOne = typeof topics === 'string';
  const isWanted = isOne ? (name: string) => name === topics : topics;
  return withConsumer(
    brokers,
    async (consumer, metadata) => {
      const next = new Map<string, TopicPartitionOffset>();
      const unread = new Set<string>();
      const take = (ranges: readonly LogRange[], start: 'start' | 'end') => {
        for (const range of ranges) {
          const { topic, partition } = range;
          const offset = start === 'start' ? range.from : range.to;
          next.set(partitionName(range), { topic, partition, offset });
          if (offset < range.to) unread.add(partitionName(range));
        }
        if (ranges.length > 0) consumer.assign([...next.values()]);
      };
      // What ends a log may be no message: it may end with the mark of a transaction.
      consumer.on('partition.eof', (end) => {
        unread.delete(partitionName(end));
        next.set(partitionName(end), end);
      });
      // Brokers that come back may have another log, in which the next offset is another message.
      let isCutOff = false;
      consumer.on('event.error', ({ message }) => {
        isCutOff ||= message === allBrokersDown;
      });
      take(await boundsOf(consumer, metadata, isWanted), from);
      if (isOne && next.size === 0) throw kafkaFailure(`there is no topic ${topics}`);
      const check = progressCheck(isOne);
      let isCurrent = false;
      for (let lookedAt = performance.now(); !signal.aborted; ) {
        const messages = await called<Message[]>('read', (done) => consumer.consume(readMax, done));
        // After the events that came before the messages.
        await eventLoopTurn();
        if (isCutOff) throw kafkaFailure('no broker can be reached');
        for (const message of messages) {
          const { topic, partition, offset } = message;
          onMessage(receivedMessage(message, Date.now()));
          next.set(partitionName(message), { topic, partition, offset: offset + 1 });
        }
        if (!isCurrent && unread.size === 0) {
          isCurrent = true;
          onCurrent();
        }
        if (performance.now() - lookedAt < lookEveryMs) continue;
        const read = new Map(next);
        const known = isOne ? metadata : await allTopics(consumer);
        const ranges = await boundsOf(
          consumer,
          known,
          isWanted,
          isOne ? lookPatienceMs.one : lookPatienceMs.many,
        );
        for (const range of ranges) check(range, read.get(partitionName(range))?.offset);
        take(
          ranges.filter((range) => !next.has(partitionName(range))),
          'start',
        );
        lookedAt = performance.now();
      }
    },
    fetchWaitMaxMs,
  );
};

/**
 * Compares what was read of a log with what there is; throws when it cannot be right. Of many logs some may have to wait
 * while others are read: they need not have `moved`.
 */
const progressCheck = (moved: boolean) => {
  const before = new Map<string, { seen: number; end: number }>();
  return (range: LogRange, seen = 0): void => {
    const last = before.get(partitionName(range));
    if (range.to < seen) throw kafkaFailure(`the log of ${range.topic} was lost`);
    if (moved && last && last.end > seen && last.seen === seen)
      throw kafkaFailure(`${range.topic} gives no messages`);
    before.set(partitionName(range), { seen, end: range.to });
  };
};

const allTopics = (consumer: KafkaConsumer): Promise<Metadata> =>
  called<Metadata>('ask for the topics', (done) =>
    consumer.getMetadata({ allTopics: true, timeout: metadataTimeoutMs }, done),
  );
