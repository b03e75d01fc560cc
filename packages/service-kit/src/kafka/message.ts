import type { Message } from '@confluentinc/kafka-javascript';

/** Bytes or text; of a header given more than once all values, in order. */
export type HeaderValue = Buffer | string | readonly (Buffer | string)[];

/**
 * A Kafka message as this package handles it: headers by name, in an object without a prototype, and bytes as they
 * came. A header without a value arrives as an empty one: the client does not tell them apart.
 */
export interface ReceivedMessage {
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, HeaderValue>;
  /** When this process got it, in milliseconds since the epoch. */
  receivedAtMs: number;
  /** When it was produced, in milliseconds since the epoch, where Kafka knows. */
  timestampMs?: number | undefined;
}

export const receivedMessage = (message: Message, receivedAtMs: number): ReceivedMessage => ({
  topic: message.topic,
  partition: message.partition,
  offset: message.offset,
  key: message.key === null || message.key === undefined ? null : Buffer.from(message.key),
  value: message.value,
  headers: headersOf(message),
  receivedAtMs,
  timestampMs: message.timestamp !== undefined && message.timestamp > 0 ? message.timestamp : undefined,
});

/** The bytes of key, value and headers together. */
export const bytesOf = ({
  key,
  value,
  headers,
}: {
  key: Buffer | string | null;
  value: Buffer | null;
  headers: Record<string, HeaderValue>;
}): number =>
  headerPairs(headers).reduce(
    (sum, [name, header]) => sum + Buffer.byteLength(name) + Buffer.byteLength(header),
    (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0),
  );

/** The headers one by one, as Kafka has them. */
export const headerPairs = (headers: Record<string, HeaderValue>): [string, Buffer | string][] =>
  Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, Buffer | string] => [name, value]),
  );

/** A header as text, the last value where it was given more than once; undefined where there is none. */
export const headerText = (
  headers: Readonly<Record<string, HeaderValue>>,
  name: string,
): string | undefined => [headers[name] ?? []].flat().at(-1)?.toString();

const headersOf = ({ headers = [] }: Message): Record<string, HeaderValue> => {
  const byName: Record<string, HeaderValue> = Object.create(null);
  for (const header of headers)
    for (const [name, value] of pairsOf(header)) {
      const before = byName[name];
      byName[name] = before === undefined ? value : [before, value].flat();
    }
  return byName;
};

/** The binding sets each header as a property of an object, so that one called `__proto__` becomes its prototype. */
const pairsOf = (header: object): [string, Buffer][] => {
  const prototype = Object.getPrototypeOf(header);
  return Buffer.isBuffer(prototype) ? [['__proto__', prototype]] : Object.entries(header);
};
