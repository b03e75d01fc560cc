import { type DecodedEvent, decodeEvent, encodeEvent } from '@souk/contracts/cloud-event.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import { readEvents } from '../outbox/outbox-store.ts';
import type { Sql } from '../postgres/database.ts';

const limit = 100_000;

/** The outbox events of a topic in the order of their numbers, through the wire form and the contract. */
export const publishedEvents = async <T extends Topic>(sql: Sql, topic: T): Promise<DecodedEvent<T>[]> => {
  const rows = await readEvents(sql, { after: 0, fence: Number.MAX_SAFE_INTEGER, limit });
  const ofTopic = rows.filter(({ type }) => type in topic.events);
  return ofTopic.map((row) => decodeEvent(topic, encodeEvent(topic.source, row)) as DecodedEvent<T>);
};
