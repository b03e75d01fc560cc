import { type Static, type TObject, type TProperties, Type } from './typebox.ts';

/**
 * One Kafka topic: who writes it, how it is partitioned and kept, and the schema of every event on it.
 * `retentionMs` is -1 for no limit. `key` names the property of every event's data that is the Kafka key.
 */
export interface Topic {
  readonly name: string;
  /** The only service that publishes here. */
  readonly owner: string;
  /** The CloudEvents source of every event here. */
  readonly source: string;
  readonly key: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly description: string;
  readonly events: Readonly<Record<string, TObject>>;
  /** The type of the event that says whose data everybody erases. */
  readonly erasure?: string;
}

/**
 * One Kafka topic that outside systems write: each value is one JSON document, without envelope or number.
 * `key` names the document's property that is the Kafka key and makes a repeat recognisable.
 */
export interface DocumentTopic {
  readonly name: string;
  /** Who writes it, in words. */
  readonly owner: string;
  readonly key: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly description: string;
  /** The largest document taken, in bytes of UTF-8. */
  readonly documentBytesMax: number;
  readonly document: TObject;
  /** JSON pointers of what is personal data in a document. */
  readonly personal?: readonly string[];
  /** What is wrong with a document that fits the schema, one `path: fault` each. */
  readonly faults?: (document: never) => string[];
}

/** The event types of a topic, for example `'user.registered.v1' | 'user.updated.v1' | …`. */
export type EventType<T extends Topic> = keyof T['events'] & string;

/** The data of one event type: `EventData<typeof userUpdates, 'user.registered.v1'>`. */
export type EventData<T extends Topic, K extends EventType<T>> = Static<T['events'][K]>;

/**
 * Returns the topic as it was given, with its exact type.
 * Throws when a name would be unfit for Kafka or for versioning, or when an event lacks the key property.
 */
export const defineTopic = <const T extends Topic>(topic: T): T => {
  checkName(topic);
  for (const [type, schema] of Object.entries(topic.events)) {
    if (!/^[a-z][a-z_]*(\.[a-z][a-z_]*)+\.v[1-9][0-9]*$/.test(type))
      throw new Error(`bad event type: ${type}`);
    if (!schema.required?.includes(topic.key)) throw new Error(`${type} does not require ${topic.key}`);
  }
  return topic;
};

/** Returns the topic as it was given, with its exact type. Throws for a bad name or a document without the key. */
export const defineDocumentTopic = <const T extends DocumentTopic>(topic: T): T => {
  checkName(topic);
  if (!topic.document.required?.includes(topic.key))
    throw new Error(`the document of ${topic.name} does not require ${topic.key}`);
  return topic;
};

const checkName = ({ name }: { name: string }): void => {
  if (!/^[a-z][a-z0-9-]{0,99}$/.test(name)) throw new Error(`bad topic name: ${name}`);
};

/**
 * Returns the schema of one event's data. Unknown further properties are tolerated, so that an optional
 * property added later does not break a consumer of today. The example becomes the frozen sample.
 */
export const defineEvent = <P extends TProperties>(
  description: string,
  properties: P,
  example: Static<TObject<P>>,
): TObject<P> => Type.Object(properties, { description, examples: [example] });

/** The dead-letter topic of one consumer group. */
export const deadLetterTopic = (topicName: string, group: string): string => `${topicName}.${group}.dlq`;

/** Where dead letters of one consumer group are sent again, for that group alone. */
export const retryTopic = (topicName: string, group: string): string => `${topicName}.${group}.retry`;

export const isRetryTopic = (topicName: string): boolean => topicName.endsWith('.retry');
