import { kafkaTopics, topics } from '@souk/contracts/topics.ts';
import { expect, test } from 'vitest';
import { wantedAcls } from './wanted-acls.ts';

const may = (operation: string, topic: string, prefix?: string) =>
  wantedAcls(prefix)
    .filter((acl) => acl.operation === operation && acl.resource === 'topic' && acl.name === topic)
    .map(({ principal }) => principal);

test('the owner of a topic of events is the only one who may write it', () => {
  for (const { name, owner } of topics) expect(may('WRITE', name)).toEqual([`User:${owner}`]);
});

test('an outside system writes its topic, and so may the command that imports', () => {
  expect(may('WRITE', 'orders', 'shop-')).toEqual(['User:shop-orders', 'User:shop-souk']);
});

test('a consumer reads what it consumes, its retry topics and what revokes tokens, in its own group, and sends its own dead letters', () => {
  const ofAnalytics = wantedAcls().filter(({ principal }) => principal === 'User:analytics');
  expect(ofAnalytics.map(({ operation, resource, name }) => `${operation} ${resource} ${name}`)).toEqual([
    ...['user-updates', 'product-updates'].flatMap((topic) =>
      ['WRITE', 'DESCRIBE'].map((operation) => `${operation} topic ${topic}.analytics.dlq`),
    ),
    ...[
      'user-updates',
      'product-updates',
      'user-updates.analytics.retry',
      'product-updates.analytics.retry',
      'session-updates',
    ].flatMap((topic) => ['READ', 'DESCRIBE'].map((operation) => `${operation} topic ${topic}`)),
    'READ group analytics',
    'READ group analytics-beside',
    'DESCRIBE group souk-log-reader',
  ]);
});

test('every topic has a reader or writer, and no other topic is named', () => {
  const named = new Set(wantedAcls().flatMap(({ resource, name }) => (resource === 'topic' ? [name] : [])));
  expect([...named].toSorted()).toEqual(kafkaTopics.map(({ name }) => name).toSorted());
});
