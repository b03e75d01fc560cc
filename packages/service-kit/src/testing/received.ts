import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { newEvent } from '@souk/contracts/new-event.ts';
import type { EventData, EventType, Topic } from '@souk/contracts/topic.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';

/** An event as its owner publishes it, checked against its contract. */
export const outgoingEvent = <T extends Topic, K extends EventType<T>>(
  topic: T,
  type: K,
  data: EventData<T, K>,
  { sequence, id = randomUUID() }: { sequence: number; id?: string },
): OutgoingMessage => {
  const event = newEvent(topic, type, id, data);
  const encoded = encodeEvent(topic.source, {
    ...{ ...event, data: JSON.stringify(data) },
    ...{ sequence: String(sequence), time: new Date().toISOString() },
  });
  return { topic: topic.name, ...encoded };
};

/** A message as a consumer gets it. */
export const receivedFrom = (
  { topic, key, value, headers }: OutgoingMessage,
  offset: number,
  partition = 0,
): ReceivedMessage => ({
  ...{ topic, value, headers, offset, partition, key: Buffer.from(key ?? '') },
  ...{ bytes: 0, receivedAtMs: Date.now() },
});
