import kafka, { type Message, type TopicPartitionOffset } from '@confluentinc/kafka-javascript';
import { called } from './called.ts';

/** A part of a partition's log: from the first offset up to, and without, the last. */
export interface LogRange {
  partition: number;
  from: number;
  to: number;
}

/** Looks at topics and changes nothing: it belongs to no group. One reading at a time. */
export interface TopicReader {
  /** The names of all topics, in order. */
  topics(): Promise<string[]>;
  /** What the log of each partition holds now; `from` is above 0 where old messages are gone. */
  bounds(topic: string): Promise<LogRange[]>;
  /**
   * The messages of the ranges, each partition in order, in bounded memory whatever their number. Rejects when
   * the brokers give nothing for half a minute.
   */
  read(topic: string, ranges: readonly LogRange[]): AsyncGenerator<Message>;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const queryTimeoutMs = 10_000;
const readWaitMs = 200;
const silenceMaxMs = 30_000;
const readMax = 100;
const fetchBytesMax = 4 * 1_048_576;
/** The largest answer taken: whatever a broker has taken can be read. */
const answerBytesMax = 128 * 1_048_576;

/** Rejects with an Error for the user when no broker answers in 5 seconds. */
export const openTopicReader = async (brokers: string): Promise<TopicReader> => {
  const consumer = new kafka.KafkaConsumer({
    'bootstrap.servers': brokers,
    'client.id': 'souk',
    // Asked for by librdkafka; never joined.
    'group.id': 'souk-reader',
    'enable.auto.commit': false,
    'auto.offset.reset': 'earliest',
    'enable.partition.eof': true,
    // Answers at once, empty or not: a broker in memory holds back every empty one for as long as it may.
    'fetch.wait.max.ms': 10,
    'fetch.max.bytes': fetchBytesMax,
    'receive.message.max.bytes': answerBytesMax,
    'queued.max.messages.kbytes': fetchBytesMax / 1_024,
    log_level: 0,
  } as kafka.ConsumerGlobalConfig);
  consumer.on('event.error', () => undefined);
  consumer.setDefaultConsumeTimeout(readWaitMs);
  // With this the wait is for the first message only; what is there is taken along.
  (
    consumer as unknown as { setDefaultIsTimeoutOnlyForFirstMessage(on: boolean): void }
  ).setDefaultIsTimeoutOnlyForFirstMessage(true);
  const metadata = await connect(consumer, brokers);

  const bounds = (topic: string): Promise<LogRange[]> => {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
    return Promise.all(
      partitions.map(async ({ id: partition }) => {
        const { lowOffset: from, highOffset: to } = await called<kafka.WatermarkOffsets>(
          `ask for the ends of ${topic}`,
          (done) => consumer.queryWatermarkOffsets(topic, partition, queryTimeoutMs, done),
        );
        return { partition, from, to };
      }),
    );
  };
  return {
    topics: async () => metadata.topics.map(({ name }) => name).sort(),
    bounds,
    read: (topic, ranges) => read(consumer, topic, ranges),
    close: async () => {
      if (consumer.isConnected()) await called('disconnect', (done) => consumer.disconnect(done));
    },
  };
};

const connect = (consumer: kafka.KafkaConsumer, brokers: string): Promise<kafka.Metadata> =>
  called<kafka.Metadata>('connect', (done) =>
    consumer.connect({ allTopics: true, timeout: connectTimeoutMs }, done),
  ).catch(() => {
    throw new Error(`no Kafka broker answers at ${brokers}`);
  });

async function* read(
  consumer: kafka.KafkaConsumer,
  topic: string,
  ranges: readonly LogRange[],
): AsyncGenerator<Message> {
  const open = new Map(ranges.filter(({ from, to }) => to > from).map((range) => [range.partition, range]));
  if (open.size === 0) return;
  // The last messages of a range may be gone, or none for readers; then the end of the log ends it.
  const onEnd = ({ partition }: { partition: number }) => void open.delete(partition);
  consumer.on('partition.eof', onEnd);
  consumer.assign(
    [...open.values()].map(
      ({ partition, from }) => ({ topic, partition, offset: from }) as TopicPartitionOffset,
    ),
  );
  let heardAt = performance.now();
  try {
    while (open.size > 0) {
      const messages = await called<Message[]>(`read ${topic}`, (done) => consumer.consume(readMax, done));
      if (messages.length > 0) heardAt = performance.now();
      else if (performance.now() - heardAt > silenceMaxMs)
        throw new Error(`Kafka gives nothing more of ${topic} for ${silenceMaxMs / 1_000} s`);
      for (const message of messages) {
        const range = ranges.find(({ partition }) => partition === message.partition);
        if (range === undefined || message.offset >= range.to) continue;
        yield message;
        if (message.offset === range.to - 1) open.delete(message.partition);
      }
    }
  } finally {
    consumer.off('partition.eof', onEnd);
    consumer.unassign();
  }
}
