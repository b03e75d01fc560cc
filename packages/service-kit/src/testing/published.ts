import { type DecodedEvent, decodeEvent, encodeEvent } from '@souk/contracts/cloud-event.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import { topics } from '@souk/contracts/topics.ts';
import { readEvents } from '../outbox/outbox-store.ts';
import type { Sql } from '../postgres/database.ts';

const limit = 100_000;

/**
 * The outbox events of a topic in the order of their numbers, through the wire form and the contract. Rejects when an
 * event is in no topic of the service.
 */
export const publishedEvents = async <T extends Topic>(sql: Sql, topic: T): Promise<DecodedEvent<T>[]> => {
  const rows = await readEvents(sql, { after: 0, fence: Number.MAX_SAFE_INTEGER, limit });
  const ofService = topics.filter(({ owner }) => owner === topic.owner);
  const ofTopic = rows.filter(({ type }) => {
    if (!ofService.some(({ events }) => type in events))
      throw new Error(`no topic of ${topic.owner} has ${type}`);
    return type in topic.events;
  });
  return ofTopic.map((row) => decodeEvent(topic, encodeEvent(topic.source, row)) as DecodedEvent<T>);
};
