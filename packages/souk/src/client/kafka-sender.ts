import kafka from '@confluentinc/kafka-javascript';

export interface MessageToSend {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers?: Record<string, Buffer | string>;
  /** Chosen by the key where it is not given. */
  partition?: number;
}

export interface KafkaSender {
  /** Resolves once all in-sync replicas have them all; in the given order within a partition. */
  send(topic: string, messages: readonly MessageToSend[]): Promise<void>;
  close(): Promise<void>;
}

const messageBytesMax = 16 * 1_048_576;
const messageTimeoutMs = 30_000;

/** Connects; rejects with an Error for the user when no broker answers. */
export const openKafkaSender = async (brokers: string): Promise<KafkaSender> => {
  const producer = new kafka.KafkaJS.Kafka().producer({
    'bootstrap.servers': brokers,
    'client.id': 'souk-command',
    acks: -1,
    partitioner: 'murmur2_random',
    'enable.idempotence': true,
    'message.max.bytes': messageBytesMax,
    'message.timeout.ms': messageTimeoutMs,
    'queue.buffering.max.kbytes': 32 * 1_024,
    'compression.type': 'lz4',
    log_level: 0,
  } as never);
  await producer.connect().catch((error: Error) => {
    throw new Error(`no Kafka broker answers at ${brokers}: ${error.message}`);
  });
  return {
    send: async (topic, messages) => {
      // The client changes the headers that it is given.
      const copies = messages.map(({ headers, ...message }) => ({ ...message, headers: { ...headers } }));
      await producer.send({ topic, messages: copies as never });
    },
    close: () => producer.disconnect(),
  };
};
