import { type ServiceName, serviceNames, services } from '@souk/contracts/services.ts';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { deadLetterTopic, retryTopic } from '@souk/contracts/topic.ts';
import { documentTopics, kafkaTopics, topics } from '@souk/contracts/topics.ts';
import { readerGroup } from '@souk/service-kit/kafka/reader-group.ts';
import { besideGroup } from '@souk/service-kit/projection/beside.ts';

/** One thing that one user of Kafka may do. */
export interface WantedAcl {
  /** `User:NAME`. */
  principal: string;
  operation: 'READ' | 'WRITE' | 'DESCRIBE';
  resource: 'topic' | 'group';
  name: string;
}

/**
 * What the users of Kafka may do, and nobody else. Users are named like the services, behind `prefix`; besides them
 * there are `souk`, of the command, and one named like each topic that an outside system writes. Topics of events have
 * one writer; whoever creates topics is an administrator, to whom ACLs do not apply.
 */
export const wantedAcls = (prefix = ''): WantedAcl[] => {
  const topicAcls = (user: string, operations: readonly WantedAcl['operation'][], names: readonly string[]) =>
    names.flatMap((name) =>
      operations.map(
        (operation): WantedAcl => ({
          principal: `User:${prefix}${user}`,
          operation,
          resource: 'topic',
          name,
        }),
      ),
    );
  const groupAcl = (user: string, operation: 'READ' | 'DESCRIBE', name: string): WantedAcl => ({
    principal: `User:${prefix}${user}`,
    operation,
    resource: 'group',
    name,
  });
  const ofService = (name: ServiceName): WantedAcl[] => {
    const { consumes } = services[name];
    const published = topics.filter(({ owner }) => owner === name);
    const sides = (side: typeof retryTopic) => consumes.map((topic) => side(topic, name));
    return [
      ...topicAcls(
        name,
        ['WRITE', 'DESCRIBE'],
        [...published.map((topic) => topic.name), ...sides(deadLetterTopic)],
      ),
      ...topicAcls(name, ['READ', 'DESCRIBE'], [...consumes, ...sides(retryTopic), sessionUpdates.name]),
      ...groupsOf(name).map((group) => groupAcl(name, 'READ', group)),
      // What revokes tokens is read by every replica for itself.
      groupAcl(name, 'DESCRIBE', readerGroup),
    ];
  };
  const all = kafkaTopics.map(({ name }) => name);
  const documents = documentTopics.map(({ name }) => name);
  const events = new Set(topics.map(({ name }) => name));
  return [
    ...serviceNames.flatMap(ofService),
    ...documents.flatMap((name) => topicAcls(name, ['WRITE', 'DESCRIBE'], [name])),
    ...topicAcls('souk', ['READ', 'DESCRIBE'], all),
    groupAcl('souk', 'DESCRIBE', readerGroup),
    // It imports orders, and sends dead letters again; it writes no events.
    ...topicAcls(
      'souk',
      ['WRITE'],
      all.filter((name) => !events.has(name)),
    ),
  ];
};

/** Tables made out of events alone can be built beside those in use, by a group of its own. */
const groupsOf = (name: ServiceName): string[] => {
  const { consumes, publishes } = services[name];
  if (consumes.length === 0) return [];
  return publishes ? [name] : [name, besideGroup(name)];
};
