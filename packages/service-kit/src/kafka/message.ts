import type { Message } from '@confluentinc/kafka-javascript';

/** A Kafka message as this package handles it: headers by name, bytes as they came. */
export interface ReceivedMessage {
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | string>;
  /** When this process got it, in milliseconds since the epoch. */
  receivedAtMs: number;
  /** When it was produced, in milliseconds since the epoch, where Kafka knows. */
  timestampMs?: number | undefined;
}

/** Of a header given more than once the last one counts. */
export const receivedMessage = (message: Message, receivedAtMs: number): ReceivedMessage => ({
  topic: message.topic,
  partition: message.partition,
  offset: message.offset,
  key: message.key === null || message.key === undefined ? null : Buffer.from(message.key),
  value: message.value,
  headers: Object.assign({}, ...(message.headers ?? [])),
  receivedAtMs,
  timestampMs: message.timestamp !== undefined && message.timestamp > 0 ? message.timestamp : undefined,
});
