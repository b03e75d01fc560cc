import { consumersOf } from './services.ts';
import type { DocumentTopic, Topic } from './topic.ts';
import type { TObject } from './typebox.ts';

type Json = Record<string, unknown>;

/**
 * Returns the AsyncAPI 3.1 document of the topics, as plain JSON: one channel a topic, one message an
 * event type with its headers, key and payload, one send operation of the topic's owner; of a topic that
 * outside systems write, one message for its document, and one receive operation of each consumer.
 */
export const asyncApiDocument = (
  topics: readonly Topic[],
  documentTopics: readonly DocumentTopic[],
  version: string,
): Json => {
  const document = {
    asyncapi: '3.1.0',
    info: {
      title: 'Souk events',
      version,
      description:
        'Events are CloudEvents 1.0 over Kafka in binary mode: attributes in the headers, data in the value. ' +
        'Topics that outside systems write carry plain JSON documents.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries([
      ...topics.map((topic) => [topic.name, channel(topic, Object.keys(topic.events))]),
      ...documentTopics.map((topic) => [topic.name, channel(topic, [topic.name])]),
    ]),
    operations: Object.fromEntries([
      ...topics.map((topic) => [`${topic.owner}.publish.${topic.name}`, operation(topic)]),
      ...documentTopics.flatMap(receiveOperations),
    ]),
    components: {
      messages: Object.fromEntries([...topics.flatMap(messages), ...documentTopics.map(documentMessage)]),
    },
  };
  // TypeBox schemas share nodes and carry hidden marks; a document is plain JSON.
  return JSON.parse(JSON.stringify(document));
};

const channel = (topic: Topic | DocumentTopic, messageNames: string[]): Json => ({
  address: topic.name,
  description: topic.description,
  messages: Object.fromEntries(messageNames.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
  bindings: {
    kafka: {
      topic: topic.name,
      partitions: topic.partitions,
      topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': topic.retentionMs },
      bindingVersion: '0.5.0',
    },
  },
});

const operation = (topic: Topic): Json => ({
  action: 'send',
  channel: { $ref: `#/channels/${topic.name}` },
  summary: `The ${topic.owner} service publishes its events.`,
  messages: Object.keys(topic.events).map((type) => ({ $ref: `#/channels/${topic.name}/messages/${type}` })),
});

const receiveOperations = ({ name }: DocumentTopic): [string, Json][] =>
  consumersOf(name).map((consumer) => [
    `${consumer}.take.${name}`,
    {
      action: 'receive',
      channel: { $ref: `#/channels/${name}` },
      summary: `The ${consumer} service takes the documents in.`,
      messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    },
  ]);

const messages = (topic: Topic): [string, Json][] =>
  Object.entries(topic.events).map(([type, schema]) => [
    type,
    { ...message(topic, type, schema), headers: headers(topic, type) },
  ]);

const documentMessage = (topic: DocumentTopic): [string, Json] => {
  const { summary, ...rest } = message(topic, topic.name, topic.document);
  return [topic.name, { ...rest, summary: `${summary} At most ${topic.documentBytesMax} bytes.` }];
};

const message = (topic: Topic | DocumentTopic, name: string, schema: TObject): Json => {
  const { description, examples, ...payload } = JSON.parse(JSON.stringify(schema));
  return {
    name,
    title: name,
    summary: description,
    contentType: 'application/json',
    payload,
    bindings: { kafka: { key: schema.properties[topic.key], bindingVersion: '0.5.0' } },
    examples: examples.map((example: unknown) => ({ payload: example })),
  };
};

const headers = (topic: Topic, type: string): Json => ({
  type: 'object',
  required: ['content-type', 'ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_sequence'],
  properties: {
    'content-type': { type: 'string', const: 'application/json' },
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: { type: 'string', minLength: 1 },
    ce_source: { type: 'string', const: topic.source },
    ce_type: { type: 'string', const: type },
    ce_time: { type: 'string', format: 'date-time' },
    ce_sequence: {
      type: 'string',
      pattern: '^[1-9][0-9]{0,18}$',
      description: 'the number of the event in its owner’s outbox; rises strictly for one key',
    },
    traceparent: { type: 'string', description: 'W3C Trace Context' },
  },
});
