import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { asyncApiDocument } from './asyncapi.ts';
import { encodeEvent } from './cloud-event.ts';
import { consumersOf } from './services.ts';
import { documentTopics, topics } from './topics.ts';

// biome-ignore lint/suspicious/noExplicitAny: the test walks a document of plain JSON.
const document: any = asyncApiDocument(topics, documentTopics, '1.2.3');

const newAjv = (): Ajv => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv;
};

test('the document is valid by the official schema of AsyncAPI 3.1', () => {
  const validate = newAjv().compile(specs.schemasWithoutId['3.1.0'] as object);
  validate(document);
  expect(validate.errors).toBeNull();
  validate({ ...document, channels: { 'user-updates': { address: 1 } } });
  expect(validate.errors).not.toBeNull();
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    ([, path]) => path as string,
  );
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references)
    expect(
      reference.split('/').reduce((node, step) => node?.[step], document),
      reference,
    ).toBeDefined();
});

test('every topic is a channel that its owner sends every event on, with key, partitions and retention', () => {
  for (const topic of topics) {
    const channel = document.channels[topic.name];
    expect(Object.keys(channel.messages)).toEqual(Object.keys(topic.events));
    expect(channel.bindings.kafka).toMatchObject({
      partitions: topic.partitions,
      topicConfiguration: { 'retention.ms': topic.retentionMs },
    });
    const operation = document.operations[`${topic.owner}.publish.${topic.name}`];
    expect(operation.action).toBe('send');
    expect(operation.messages).toHaveLength(Object.keys(topic.events).length);
  }
});

test('what is encoded is what the document describes: headers, key and payload', () => {
  for (const topic of topics)
    for (const [type, schema] of Object.entries(topic.events)) {
      const [example] = (schema as { examples?: Record<string, string>[] }).examples ?? [];
      const { headers, key, value } = encodeEvent(topic.source, {
        id: '0198c1de-3b00-7000-8000-00000000ce01',
        sequence: '42',
        type,
        key: example?.[topic.key] ?? '',
        time: new Date(0).toISOString(),
        data: JSON.stringify(example),
      });
      const message = document.components.messages[type];
      const ajv = newAjv();
      expect(ajv.validate(message.headers, headers), ajv.errorsText()).toBe(true);
      expect(ajv.validate(message.bindings.kafka.key, key), ajv.errorsText()).toBe(true);
      expect(ajv.validate(message.payload, JSON.parse(value.toString())), ajv.errorsText()).toBe(true);
      expect(Object.keys(headers).sort()).toEqual(message.headers.required.toSorted());
    }
});

test('the script prints the document', () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'print-asyncapi.ts')], {
    encoding: 'utf8',
  });
  expect(JSON.parse(printed)).toEqual(
    asyncApiDocument(topics, documentTopics, JSON.parse(printed).info.version),
  );
});

test('a topic of outside systems is a channel with its document, which every consumer receives', () => {
  for (const topic of documentTopics) {
    const { payload, examples } = document.components.messages[topic.name];
    expect(document.channels[topic.name].messages).toEqual({
      [topic.name]: { $ref: `#/components/messages/${topic.name}` },
    });
    for (const consumer of consumersOf(topic.name))
      expect(document.operations[`${consumer}.take.${topic.name}`].action).toBe('receive');
    const validate = newAjv().compile(payload);
    for (const example of examples) {
      validate(example.payload);
      expect(validate.errors).toBeNull();
    }
  }
});
