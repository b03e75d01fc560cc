import kafka, { type Message, type TopicPartitionOffset } from '@confluentinc/kafka-javascript';

const { KafkaConsumer, Producer } = kafka;

const timeoutMs = 60_000;
const readMax = 1_000;

/**
 * Every message of a topic that is in its log now, each partition in order, partitions one after the other.
 * Empty for a topic that does not exist. Belongs to no group and changes nothing.
 */
export const readTopic = async (brokers: string, topic: string): Promise<Message[]> => {
  const consumer = new KafkaConsumer({
    'bootstrap.servers': brokers,
    'group.id': 'souk-test-reader',
    'enable.auto.commit': false,
    'auto.offset.reset': 'earliest',
    'fetch.wait.max.ms': 10,
  } as kafka.ConsumerGlobalConfig);
  consumer.on('event.error', () => undefined);
  // The wait is for the first message only; otherwise it lasts its whole second for every partition.
  (
    consumer as unknown as { setDefaultIsTimeoutOnlyForFirstMessage(on: boolean): void }
  ).setDefaultIsTimeoutOnlyForFirstMessage(true);
  const metadata = await called<kafka.Metadata>((done) =>
    consumer.connect({ topic, timeout: timeoutMs }, done),
  );
  try {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
    const messages: Message[] = [];
    for (const { id: partition } of partitions) {
      const { lowOffset, highOffset } = await called<kafka.WatermarkOffsets>((done) =>
        consumer.queryWatermarkOffsets(topic, partition, timeoutMs, done),
      );
      if (highOffset <= lowOffset) continue;
      consumer.assign([{ topic, partition, offset: lowOffset } as TopicPartitionOffset]);
      messages.push(...(await readUpTo(consumer, highOffset)));
    }
    return messages;
  } finally {
    await called((done) => consumer.disconnect(done));
  }
};

/** The names of all topics of a broker, dead-letter topics included. */
export const listTopics = async (brokers: string): Promise<string[]> => {
  const client = new Producer({ 'bootstrap.servers': brokers });
  try {
    const { topics } = await called<kafka.Metadata>((done) =>
      client.connect({ allTopics: true, timeout: timeoutMs }, done),
    );
    return topics.map(({ name }) => name);
  } finally {
    await called((done) => client.disconnect(done));
  }
};

/** A header's text; undefined when the message has none of that name. */
export const headerOf = (message: Message, name: string): string | undefined =>
  message.headers?.find((header) => name in header)?.[name]?.toString();

const readUpTo = async (consumer: kafka.KafkaConsumer, highOffset: number): Promise<Message[]> => {
  const messages: Message[] = [];
  const deadline = Date.now() + timeoutMs;
  while ((messages.at(-1)?.offset ?? -1) < highOffset - 1) {
    if (Date.now() > deadline) throw new Error(`read ${messages.length} messages, then none for too long`);
    messages.push(...(await called<Message[]>((done) => consumer.consume(readMax, done))));
  }
  return messages.filter(({ offset }) => offset < highOffset);
};

const called = <T>(call: (done: (error: unknown, result: T) => void) => unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
