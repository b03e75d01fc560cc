import { setImmediate as eventLoopTurn, setTimeout as pause } from 'node:timers/promises';
import type { KafkaConsumer, Message, Metadata, TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { allBrokersDown, called, kafkaFailure } from '@souk/service-kit/kafka/kafka-error.ts';
import { boundsOf, type LogRange } from '@souk/service-kit/kafka/log-bounds.ts';
import { readMax, withConsumer } from '@souk/service-kit/kafka/log-reader.ts';
import { type ReceivedMessage, receivedMessage } from '@souk/service-kit/kafka/message.ts';
import type { Logger } from '@souk/service-kit/log.ts';
import { backoffMs } from '@souk/service-kit/service/backoff.ts';

export interface FollowLogsOptions {
  brokers: KafkaAddress;
  log: Logger;
  wanted(topic: string): boolean;
  /** Whether what is in the logs already is read first. */
  from: 'start' | 'end';
  /** It begins, or begins again: with `from: 'start'` everything comes again. */
  onBegin?(): void;
  onRecord(record: ReceivedMessage): void;
  /** Everything is read that the logs had in the beginning. */
  onCurrent(): void;
  /** No broker can be reached, or a log was lost; it is tried again. */
  onInterrupted(): void;
  signal: AbortSignal;
}

const lookEveryMs = 3_000;
const metadataTimeoutMs = 5_000;
const retry = { baseMs: 200, maxMs: 5_000 };

/**
 * Hands over what comes into the logs of the wanted topics, also of those that are created meanwhile, until the signal.
 * In no group. Never rejects: after an interruption it begins again.
 */
export const followLogs = async (options: FollowLogsOptions): Promise<void> => {
  const { log, signal, onBegin, onCurrent, onInterrupted } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    onBegin?.();
    const current = () => {
      attempt = 0;
      onCurrent();
    };
    await followOnce({ ...options, onCurrent: current }).catch((error) => {
      log.warn({ err: error }, 'the logs cannot be followed; trying again');
    });
    onInterrupted();
    await pause(backoffMs(attempt, retry), undefined, { signal }).catch(() => undefined);
  }
};

const followOnce = ({ brokers, wanted, from, signal, ...caller }: FollowLogsOptions): Promise<void> =>
  withConsumer(brokers, async (consumer, metadata) => {
    const next = new Map<string, TopicPartitionOffset>();
    const unread = new Set<string>();
    const take = (ranges: readonly LogRange[], start: 'start' | 'end') => {
      for (const range of ranges) {
        const { topic, partition } = range;
        const offset = start === 'start' ? range.from : range.to;
        next.set(nameOf(range), { topic, partition, offset });
        if (offset < range.to) unread.add(nameOf(range));
      }
      if (ranges.length > 0) consumer.assign([...next.values()]);
    };
    consumer.on('partition.eof', (end) => {
      unread.delete(nameOf(end));
      next.set(nameOf(end), end);
    });
    let isCutOff = false;
    consumer.on('event.error', ({ message }) => {
      isCutOff ||= message === allBrokersDown;
    });
    take(await boundsOf(consumer, metadata, wanted), from);
    let isCurrent = false;
    for (let lookedAt = performance.now(); !signal.aborted; ) {
      const messages = await called<Message[]>('read', (done) => consumer.consume(readMax, done));
      // After the events that came before the messages.
      await eventLoopTurn();
      if (isCutOff) throw kafkaFailure('no broker can be reached');
      for (const message of messages) {
        caller.onRecord(receivedMessage(message, Date.now()));
        next.set(nameOf(message), { ...placeOf(message), offset: message.offset + 1 });
      }
      if (!isCurrent && unread.size === 0) {
        isCurrent = true;
        caller.onCurrent();
      }
      if (performance.now() - lookedAt < lookEveryMs) continue;
      take(await newLogs(consumer, wanted, next), 'start');
      lookedAt = performance.now();
    }
  });

const nameOf = ({ topic, partition }: { topic: string; partition: number }): string =>
  `${topic}/${partition}`;
const placeOf = ({ topic, partition }: { topic: string; partition: number }) => ({ topic, partition });

/** The logs that were not there before. Throws when one ends before what was read of it: it was lost. */
const newLogs = async (
  consumer: KafkaConsumer,
  wanted: (topic: string) => boolean,
  next: ReadonlyMap<string, TopicPartitionOffset>,
): Promise<LogRange[]> => {
  const metadata = await called<Metadata>('ask for the topics', (done) =>
    consumer.getMetadata({ allTopics: true, timeout: metadataTimeoutMs }, done),
  );
  const ranges = await boundsOf(consumer, metadata, wanted);
  for (const range of ranges)
    if (range.to < (next.get(nameOf(range))?.offset ?? 0))
      throw kafkaFailure(`the log of ${range.topic} was lost`);
  return ranges.filter((range) => !next.has(nameOf(range)));
};
