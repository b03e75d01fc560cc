import kafka, { type Message, type TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import { type KafkaAddress, kafkaClientSettings } from '../config/encryption.ts';
import { connect, noBrokerAnswers } from './connect.ts';
import { called } from './kafka-error.ts';
import { boundsOf, type LogRange, partitionName } from './log-bounds.ts';
import { type ReceivedMessage, receivedMessage } from './message.ts';
import { readerGroup } from './reader-group.ts';

export type LogPlace = Pick<ReceivedMessage, 'topic' | 'partition' | 'offset'>;

type OnRecord = (record: ReceivedMessage) => void | Promise<void>;

const timeoutMs = 5_000;
const readWaitMs = 200;
/** Without a message for so long the reading fails, although the log should have more. */
const silenceMaxMs = 30_000;
export const readMax = 100;
/** What is fetched ahead; more only by the one message that reaches it. */
const fetchBytesMax = 4 * 1_048_576;
/** The largest answer taken: whatever a broker has taken can be read. */
const answerBytesMax = 128 * 1_048_576;

/**
 * Hands over every message that is in the logs now of the topics that `wanted` names, those of a partition in order,
 * in bounded memory; of each partition those of the first `offsetsMax` offsets alone, if given. Belongs to no group and
 * changes nothing. Rejects when no broker answers in 5 seconds.
 */
export const readLogs = (
  brokers: KafkaAddress,
  wanted: (topic: string) => boolean,
  onRecord: OnRecord,
  offsetsMax = Number.POSITIVE_INFINITY,
): Promise<void> =>
  withConsumer(brokers, async (consumer, metadata) => {
    const ranges = await boundsOf(consumer, metadata, wanted);
    const wantedOf = ({ from, to, ...of }: LogRange) => ({
      ...of,
      from,
      to: Math.min(to, from + offsetsMax),
    });
    await readRanges(consumer, ranges.map(wantedOf), onRecord);
  });

/** Hands over the messages at the places, as `readLogs` does; one that the log no longer has is left out. */
export const readPlaces = async (
  brokers: KafkaAddress,
  places: readonly LogPlace[],
  onRecord: OnRecord,
): Promise<void> => {
  const wanted = Map.groupBy(places, partitionName);
  const offsets = new Map(
    [...wanted].map(([name, those]) => [name, new Set(those.map(({ offset }) => offset))] as const),
  );
  await withConsumer(brokers, async (consumer, metadata) => {
    const topics = new Set(places.map(({ topic }) => topic));
    const ranges = (await boundsOf(consumer, metadata, (name) => topics.has(name))).map((range) => {
      const known = [...(offsets.get(partitionName(range)) ?? [])];
      const from = Math.max(known.reduce(smaller, Infinity), range.from);
      return { ...range, from, to: Math.min(known.reduce(larger, -1) + 1, range.to) };
    });
    await readRanges(consumer, ranges, async (record) => {
      if (offsets.get(partitionName(record))?.has(record.offset)) await onRecord(record);
    });
  });
};

/** What the partitions of the topics hold now. */
export const logRanges = (brokers: KafkaAddress, topics: readonly string[]): Promise<LogRange[]> =>
  withConsumer(brokers, (consumer, metadata) =>
    boundsOf(consumer, metadata, (name) => topics.includes(name)),
  );

const smaller = (a: number, b: number): number => Math.min(a, b);
const larger = (a: number, b: number): number => Math.max(a, b);

/**
 * A consumer that belongs to no group and changes nothing. An empty answer is held back for 10 ms unless told
 * otherwise: a broker in memory never sends one earlier.
 */
export const withConsumer = async <T>(
  brokers: KafkaAddress,
  work: (consumer: kafka.KafkaConsumer, metadata: kafka.Metadata) => Promise<T>,
  fetchWaitMaxMs = 10,
): Promise<T> => {
  const consumer = new kafka.KafkaConsumer({
    ...kafkaClientSettings(brokers),
    'client.id': 'souk-log-reader',
    'group.id': readerGroup,
    'enable.auto.commit': false,
    'auto.offset.reset': 'earliest',
    'enable.partition.eof': true,
    'fetch.wait.max.ms': fetchWaitMaxMs,
    'fetch.max.bytes': fetchBytesMax,
    'receive.message.max.bytes': answerBytesMax,
    'queued.max.messages.kbytes': fetchBytesMax / 1_024,
  } as kafka.ConsumerGlobalConfig);
  consumer.on('event.error', () => undefined);
  consumer.setDefaultConsumeTimeout(readWaitMs);
  // The wait is for the first message only. Otherwise a read gathers its hundred, of whatever size.
  (
    consumer as unknown as { setDefaultIsTimeoutOnlyForFirstMessage(on: boolean): void }
  ).setDefaultIsTimeoutOnlyForFirstMessage(true);
  const metadata = await connect(consumer, { allTopics: true, timeout: timeoutMs }).catch(
    (error: unknown) => {
      throw noBrokerAnswers(brokers, error);
    },
  );
  try {
    return await work(consumer, metadata);
  } finally {
    await called('disconnect', (done) => consumer.disconnect(done));
  }
};

/** Hands over the messages of the ranges, those of a partition in order; at the signal it stops. */
export const readRanges = async (
  consumer: kafka.KafkaConsumer,
  ranges: readonly LogRange[],
  onRecord: OnRecord,
  signal?: AbortSignal,
): Promise<void> => {
  const open = new Map(
    ranges.filter(({ from, to }) => to > from).map((range) => [partitionName(range), range]),
  );
  if (open.size === 0) return;
  // What ends a range may be no message for readers: a log may end with the mark of a transaction.
  const onEnd = (end: { topic: string; partition: number }) => void open.delete(partitionName(end));
  consumer.on('partition.eof', onEnd);
  const ends = new Map([...open].map(([name, { to }]) => [name, to]));
  consumer.assign(
    [...open.values()].map(
      ({ topic, partition, from }) => ({ topic, partition, offset: from }) as TopicPartitionOffset,
    ),
  );
  let heardAt = performance.now();
  while (open.size > 0 && !signal?.aborted) {
    const messages = await called<Message[]>('read', (done) => consumer.consume(readMax, done));
    if (messages.length > 0) heardAt = performance.now();
    else if (performance.now() - heardAt > silenceMaxMs)
      throw new Error('Kafka gives no more messages, although its log has some: try again');
    for (const message of messages) {
      const end = ends.get(partitionName(message)) ?? 0;
      if (message.offset >= end - 1) open.delete(partitionName(message));
      if (message.offset < end) await onRecord(receivedMessage(message, Date.now()));
    }
    // A person may have been at work on a message in between.
    if (messages.length > 0) heardAt = performance.now();
  }
  consumer.off('partition.eof', onEnd);
};
