import { decodeEvent, encodeEvent } from './cloud-event.ts';
import { breakingChanges, type JsonSchema, narrowingChanges } from './compatibility.ts';
import { decodeDocument } from './document.ts';
import type { DocumentTopic, Topic } from './topic.ts';

/** A whole Kafka message as it was first published; `value` stands parsed, for readers. */
export interface PublishedSample {
  topic: string;
  key: string;
  headers: Record<string, string>;
  value: Record<string, unknown>;
}

/** A schema that is promised to others, as it is now: of one event type, or of the documents of a topic. */
export interface CurrentForm {
  /** The event type, or the name of the topic of documents; its frozen files are named like it. */
  name: string;
  topic: string;
  schema: JsonSchema;
  /** What of the promise one schema breaks that takes the place of another. */
  changes: (published: JsonSchema, current: JsonSchema) => string[];
  /** A first sample, from the example. */
  sample: () => PublishedSample;
  /** Throws DecodeError for a message that is not taken. */
  decode: (message: { key: string; headers: Record<string, string>; value: Buffer }) => unknown;
}

/** Events are written by us and read by others: nothing but an optional property may be added. */
export const eventForms = (topics: readonly Topic[]): CurrentForm[] =>
  topics.flatMap((topic) =>
    Object.entries(topic.events).map(([type, schema]) => ({
      name: type,
      topic: topic.name,
      schema: plain(schema),
      changes: breakingChanges,
      sample: () => eventSample(topic, type, exampleOf(schema)),
      decode: (message) => decodeEvent(topic, message),
    })),
  );

/** Documents are written by others and read by us: what was taken once is always taken, up to the same size. */
export const documentForms = (topics: readonly DocumentTopic[]): CurrentForm[] =>
  topics.map((topic) => ({
    name: topic.name,
    topic: topic.name,
    // Not a keyword of JSON Schema, so no validator minds it.
    schema: { ...plain(topic.document), documentBytesMax: topic.documentBytesMax },
    changes: narrowingChanges,
    sample: () => {
      const value = exampleOf(topic.document);
      return { topic: topic.name, key: String(value[topic.key]), headers: {}, value };
    },
    decode: (message) => decodeDocument(topic, message),
  }));

const eventSample = (topic: Topic, type: string, value: Record<string, unknown>): PublishedSample => {
  const { key, headers } = encodeEvent(topic.source, {
    id: '0198c1de-3b00-7000-8000-00000000ce01',
    sequence: '1',
    type,
    key: String(value[topic.key]),
    time: '2026-03-01T09:45:12.345Z',
    data: '',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  });
  return { topic: topic.name, key, headers, value };
};

/** TypeBox schemas carry hidden marks; a frozen one is plain JSON. */
const plain = (schema: object): JsonSchema => JSON.parse(JSON.stringify(schema));

const exampleOf = (schema: object): Record<string, unknown> => {
  const [example] = plain(schema).examples as [Record<string, unknown>];
  return example;
};
