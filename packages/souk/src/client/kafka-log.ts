import kafka, { type Message, type TopicPartitionOffset } from '@confluentinc/kafka-javascript';

/** One message of a log. Of a header given more than once the last one counts. */
export interface LogRecord {
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer>;
}

const timeoutMs = 10_000;
/** Without a message for so long, a log that should have more is given up. */
const silenceMaxMs = 20_000;
const readMax = 100;
const answerBytesMax = 128 * 1_048_576;

/**
 * Hands over every message that is in the logs now of the topics that `wanted` names, partition by partition, each
 * in order. Belongs to no group and changes nothing. Rejects with an Error for the user when no broker answers.
 */
export const readLogs = async (
  brokers: string,
  wanted: (topic: string) => boolean,
  onRecord: (record: LogRecord) => void | Promise<void>,
): Promise<void> => {
  await withConsumer(brokers, async (consumer, metadata) => {
    for (const { topic, partition } of partitionsOf(metadata, wanted)) {
      const { lowOffset, highOffset } = await watermarks(consumer, topic, partition);
      if (highOffset <= lowOffset) continue;
      consumer.assign([{ topic, partition, offset: lowOffset } as TopicPartitionOffset]);
      await readUpTo(consumer, highOffset, onRecord);
      consumer.unassign();
    }
  });
};

/** The partitions among the topics whose oldest messages are gone, with the offset that their logs begin at. */
export const cutLogs = (
  brokers: string,
  topics: readonly string[],
): Promise<{ topic: string; partition: number; beginsAt: number }[]> =>
  withConsumer(brokers, async (consumer, metadata) => {
    const cut = [];
    for (const { topic, partition } of partitionsOf(metadata, (name) => topics.includes(name))) {
      const { lowOffset } = await watermarks(consumer, topic, partition);
      if (lowOffset > 0) cut.push({ topic, partition, beginsAt: lowOffset });
    }
    return cut;
  });

const withConsumer = async <T>(
  brokers: string,
  work: (consumer: kafka.KafkaConsumer, metadata: kafka.Metadata) => Promise<T>,
): Promise<T> => {
  const consumer = new kafka.KafkaConsumer({
    'bootstrap.servers': brokers,
    'client.id': 'souk-command',
    'group.id': 'souk-command',
    'enable.auto.commit': false,
    'auto.offset.reset': 'earliest',
    'fetch.wait.max.ms': 10,
    'receive.message.max.bytes': answerBytesMax,
    'queued.max.messages.kbytes': 16 * 1_024,
    'enable.partition.eof': false,
    log_level: 0,
  } as kafka.ConsumerGlobalConfig);
  consumer.on('event.error', () => undefined);
  const metadata = await called<kafka.Metadata>((done) =>
    consumer.connect({ allTopics: true, timeout: timeoutMs }, done),
  ).catch((error: Error) => {
    throw new Error(`no Kafka broker answers at ${brokers}: ${error.message}`);
  });
  try {
    return await work(consumer, metadata);
  } finally {
    await called((done) => consumer.disconnect(done));
  }
};

const partitionsOf = (metadata: kafka.Metadata, wanted: (topic: string) => boolean) =>
  metadata.topics
    .filter(({ name }) => wanted(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, partitions }) => partitions.map(({ id }) => ({ topic: name, partition: id })));

const watermarks = (consumer: kafka.KafkaConsumer, topic: string, partition: number) =>
  called<kafka.WatermarkOffsets>((done) => consumer.queryWatermarkOffsets(topic, partition, timeoutMs, done));

const readUpTo = async (
  consumer: kafka.KafkaConsumer,
  highOffset: number,
  onRecord: (record: LogRecord) => void | Promise<void>,
): Promise<void> => {
  let heardAt = performance.now();
  for (let next = 0; next < highOffset; ) {
    const messages = await called<Message[]>((done) => consumer.consume(readMax, done));
    if (messages.length > 0) heardAt = performance.now();
    else if (performance.now() - heardAt > silenceMaxMs)
      throw new Error('Kafka gives no more messages, although its log has some: try again');
    for (const message of messages) {
      next = message.offset + 1;
      if (message.offset < highOffset) await onRecord(recordOf(message));
    }
  }
};

const recordOf = ({ topic, partition, offset, key, value, headers }: Message): LogRecord => ({
  topic,
  partition,
  offset,
  key: key === null || key === undefined ? null : Buffer.from(key),
  value,
  headers: Object.fromEntries(
    (headers ?? []).flatMap((header) =>
      Object.entries(header).map(([name, text]) => [name, Buffer.from(text as Buffer | string)]),
    ),
  ),
});

const called = <T>(call: (done: (error: unknown, result: T) => void) => unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
