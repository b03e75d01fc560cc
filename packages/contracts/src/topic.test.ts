import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deadLetterTopic, defineEvent, defineTopic, type Topic } from './topic.ts';
import { topics } from './topics.ts';
import { Type } from './typebox.ts';

const topic = (change: Partial<Topic>): Topic => ({
  name: 'parcel-updates',
  owner: 'parcel',
  source: '/souk/parcel',
  key: 'parcel_id',
  partitions: 4,
  retentionMs: -1,
  description: 'Parcels.',
  events: { 'parcel.sent.v1': defineEvent('Sent.', { parcel_id: Type.String() }, { parcel_id: 'p1' }) },
  ...change,
});

describe('defineTopic', () => {
  test('refuses a name that Kafka would refuse', () => {
    expect(() => defineTopic(topic({ name: 'parcel updates' }))).toThrow('bad topic name');
  });

  test('refuses an event type without a version', () => {
    expect(() => defineTopic(topic({ events: { 'parcel.sent': Type.Object({}) } }))).toThrow(
      'bad event type',
    );
  });

  test('refuses an event whose data may lack the key', () => {
    const schema = Type.Object({ parcel_id: Type.Optional(Type.String()) });
    expect(() => defineTopic(topic({ events: { 'parcel.sent.v1': schema } }))).toThrow(
      'does not require parcel_id',
    );
  });
});

describe('the topics', () => {
  test('have a name and event types of their own, and the source that is their owner', () => {
    const types = topics.flatMap(({ events }) => Object.keys(events));
    expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length);
    expect(topics.map(({ source }) => source)).toEqual(topics.map(({ owner }) => `/souk/${owner}`));
    expect(new Set(types).size).toBe(types.length);
  });

  test('are all in the README, with every event type', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    for (const { name, events } of topics)
      for (const word of [name, ...Object.keys(events)]) expect(readme).toContain(`\`${word}\``);
  });

  test('have dead-letter topics with names that Kafka accepts', () => {
    expect(deadLetterTopic('user-updates', 'analytics')).toBe('user-updates.analytics.dlq');
  });
});
