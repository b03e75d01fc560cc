import type { Message } from '@confluentinc/kafka-javascript';

/** Bytes or text; of a header given more than once all values, in order. */
export type HeaderValue = Buffer | string | readonly (Buffer | string)[];

/**
 * A Kafka message as this package handles it: headers by name, in an object that inherits none, and bytes as they came;
 * where they are ASCII without a NUL, as the text of the same bytes. A header without a value arrives as an empty one:
 * the client does not tell them apart.
 */
export interface ReceivedMessage {
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | string | null;
  value: Buffer | null;
  headers: Record<string, HeaderValue>;
  /** Of key, value and headers together. */
  bytes: number;
  /** When this process got it, in milliseconds since the epoch. */
  receivedAtMs: number;
  /** When it was produced, in milliseconds since the epoch, where Kafka knows. */
  timestampMs?: number | undefined;
}

export const receivedMessage = (message: Message, receivedAtMs: number): ReceivedMessage => {
  const { topic, partition, offset, value, timestamp } = message;
  const key = message.key === null || message.key === undefined ? null : compact(message.key);
  const headers = headersOf(message);
  return {
    ...{ topic, partition, offset, key, value, headers },
    bytes: bytesOf({ key, value, headers }),
    receivedAtMs,
    timestampMs: timestamp !== undefined && timestamp > 0 ? timestamp : undefined,
  };
};

/** The bytes of key, value and headers together. */
export const bytesOf = ({
  key,
  value,
  headers,
}: {
  key: Buffer | string | null;
  value: Buffer | null;
  headers: Record<string, HeaderValue>;
}): number => {
  let bytes = (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0);
  for (const name in headers) {
    const header = headers[name] as HeaderValue;
    if (!isRepeated(header)) bytes += Buffer.byteLength(name) + Buffer.byteLength(header);
    else for (const one of header) bytes += Buffer.byteLength(name) + Buffer.byteLength(one);
  }
  return bytes;
};

/** The headers one by one, as Kafka has them. */
export const headerPairs = (headers: Record<string, HeaderValue>): [string, Buffer | string][] => {
  const pairs: [string, Buffer | string][] = [];
  for (const name in headers) {
    const header = headers[name] as HeaderValue;
    if (!isRepeated(header)) pairs.push([name, header]);
    else for (const one of header) pairs.push([name, one]);
  }
  return pairs;
};

/** A header as text, the last value where it was given more than once; undefined where there is none. */
export const headerText = (
  headers: Readonly<Record<string, HeaderValue>>,
  name: string,
): string | undefined => {
  const header = headers[name];
  return (header !== undefined && isRepeated(header) ? header.at(-1) : header)?.toString();
};

const isRepeated = (header: HeaderValue): header is readonly (Buffer | string)[] => Array.isArray(header);

/**
 * A Buffer is several times as large as its bytes; a text is not, and the client as patched here gives texts itself. What
 * has a NUL stays a Buffer: the client would send a text up to there.
 */
const compact = (bytes: Buffer | string): Buffer | string => {
  if (typeof bytes === 'string') return bytes;
  const text = bytes.toString('latin1');
  return noText.test(text) ? bytes : text;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII
const noText = /[^\x01-\x7f]/;

/** With it as prototype an object inherits nothing. Without any prototype V8 would make each a hash table. */
const nothing = Object.freeze(Object.create(null));

const headersOf = ({ headers = [] }: Message): Record<string, HeaderValue> => {
  const byName: Record<string, HeaderValue> = Object.create(nothing);
  for (const header of headers) {
    // As published, the binding sets each as a property of an object: one called `__proto__` becomes its prototype.
    const prototype = Object.getPrototypeOf(header);
    if (Buffer.isBuffer(prototype)) add(byName, '__proto__', prototype);
    else for (const name in header) add(byName, name, header[name] as Buffer | string);
  }
  return byName;
};

const add = (byName: Record<string, HeaderValue>, name: string, bytes: Buffer | string): void => {
  const before = byName[name];
  const value = compact(bytes);
  byName[name] = before === undefined ? value : [before, value].flat();
};
