import { Buffer } from 'node:buffer';
import { DecodeError } from './decode-error.ts';
import { parseJson } from './json-value.ts';
import type { EventData, EventType, Topic } from './topic.ts';
import { problemsOf } from './validation.ts';

// CloudEvents 1.0 over Kafka in binary mode: attributes are headers `ce_…`, the value is the data alone.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md

/** A row of an outbox, ready to go on the wire. `sequence` is the outbox id in decimal; `time` is RFC 3339 UTC. */
export interface OutboxEvent {
  id: string;
  sequence: string;
  type: string;
  key: string;
  time: string;
  /** JSON text. */
  data: string;
  traceparent?: string | null;
}

/** What the headers and the key say. `sequence` is the outbox id: it rises strictly within one source. */
export interface EventEnvelope {
  id: string;
  source: string;
  type: string;
  time: Date;
  sequence: bigint;
  key: string;
  traceparent?: string;
}

/** One event of the topic; `switch (event.type)` narrows `event.data`. */
export type DecodedEvent<T extends Topic> = {
  [K in EventType<T>]: EventEnvelope & { type: K; data: EventData<T, K> };
}[EventType<T>];

type HeaderValue = Buffer | string | readonly (Buffer | string)[] | null | undefined;

/** The part of a Kafka message that makes the envelope. */
export interface EnvelopeMessage {
  key?: Buffer | string | null;
  headers?: Readonly<Record<string, HeaderValue>> | undefined;
}

/** A Kafka message as a consumer gets it. */
export interface EventMessage extends EnvelopeMessage {
  value: Buffer | null;
}

/** Returns key, value and headers of the Kafka message. Does not look into the data. */
export const encodeEvent = (
  source: string,
  event: OutboxEvent,
): { key: string; value: Buffer; headers: Record<string, string> } => ({
  key: event.key,
  value: Buffer.from(event.data),
  headers: {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_source: source,
    ce_type: event.type,
    ce_time: event.time,
    ce_sequence: event.sequence,
    ...(event.traceparent ? { traceparent: event.traceparent } : {}),
  },
});

/**
 * Returns the envelope alone and never looks at the value, so that a repeat can be told by its number
 * before its data is decoded. Throws DecodeError `bad_envelope` with every fault, also for a source that is not the
 * topic's: only numbers of one source can be compared.
 */
export const decodeEnvelope = (
  topic: Pick<Topic, 'name' | 'source'>,
  { key, headers = {} }: EnvelopeMessage,
): EventEnvelope => {
  const problems: string[] = [];
  const read = (name: string, valid: (text: string) => boolean): string => {
    const value = headers[name];
    if (value === undefined || value === null) problems.push(`${name}: missing`);
    else if (typeof value !== 'string' && !Buffer.isBuffer(value))
      problems.push(`${name}: given more than once`);
    else {
      const text = value.toString();
      if (valid(text)) return text;
      problems.push(`${name}: unfit value ${JSON.stringify(text.slice(0, 100))}`);
    }
    return '';
  };

  read('content-type', isJson);
  read('ce_specversion', isSpecVersion);
  const id = read('ce_id', isFilled);
  const source = read('ce_source', isFilled);
  const type = read('ce_type', isFilled);
  const time = read('ce_time', isTime);
  const sequence = read('ce_sequence', isSequence);
  const keyText = key?.toString() ?? '';
  if (keyText === '') problems.push('key: missing');
  if (source !== '' && source !== topic.source)
    problems.push(`ce_source: ${topic.name} carries events of ${topic.source} only`);
  if (problems.length > 0) throw new DecodeError('bad_envelope', problems);

  const envelope = { id, source, type, time: new Date(time), sequence: BigInt(sequence), key: keyText };
  const traceparent = headers.traceparent?.toString() ?? '';
  // W3C Trace Context: a receiver ignores a traceparent it cannot read.
  return isTraceparent.test(traceparent) ? { ...envelope, traceparent } : envelope;
};

/**
 * Returns the event, checked against its schema; undefined for a type this build does not know, which a
 * newer producer may send. Properties the schema does not know are kept.
 * Throws DecodeError: `bad_envelope`, `empty_value`, `not_json`, `schema_violation`, `key_mismatch`.
 */
export const decodeEvent = <T extends Topic>(topic: T, message: EventMessage): DecodedEvent<T> | undefined =>
  decodeData(topic, decodeEnvelope(topic, message), message.value);

/** As `decodeEvent`, for an envelope that has been decoded. */
export const decodeData = <T extends Topic>(
  topic: T,
  envelope: EventEnvelope,
  value: Buffer | null,
): DecodedEvent<T> | undefined => {
  const schema = Object.hasOwn(topic.events, envelope.type) ? topic.events[envelope.type] : undefined;
  if (schema === undefined) return undefined;

  const { data } = parseJson(value);
  const problems = problemsOf(schema, data);
  if (problems.length > 0) throw new DecodeError('schema_violation', problems);
  if ((data as Record<string, unknown>)[topic.key] !== envelope.key)
    throw new DecodeError('key_mismatch', [`/${topic.key}: is not the key of the message`]);
  // The schema of exactly this type has just accepted the data; the compiler cannot follow that.
  return { ...envelope, data } as unknown as DecodedEvent<T>;
};

const isTraceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

const isJson = (text: string): boolean => /^application\/json\s*(;|$)/i.test(text);
const isSpecVersion = (text: string): boolean => text === '1.0';
const isFilled = (text: string): boolean => text !== '';

const isTime = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text) &&
  !Number.isNaN(Date.parse(text));

// Postgres bigint, the type of an outbox id, ends at 2^63 - 1.
const isSequence = (text: string): boolean =>
  /^[1-9]\d{0,18}$/.test(text) && (text.length < 19 || text <= '9223372036854775807');
