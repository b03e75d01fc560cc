import type { EventData, EventType, Topic } from '@souk/contracts/topic.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { outgoingEvent, receivedFrom } from '@souk/service-kit/testing/received.ts';

/** A UUID for tests: the same kind and number give the same one. */
export const testId = (kind: 'user' | 'product' | 'event', number: number): string =>
  `0198c1de-${{ user: '0000', product: '1111', event: '2222' }[kind]}-7000-8000-${String(number).padStart(12, '0')}`;

export interface Numbered {
  /** The number of the event in its owner's outbox. */
  sequence: number;
  partition?: number;
}

/** An event as it arrives from Kafka, checked against its contract. */
export const message = <T extends Topic, K extends EventType<T>>(
  topic: T,
  { sequence, partition }: Numbered,
  type: K,
  data: EventData<T, K>,
): ReceivedMessage => {
  const event = outgoingEvent(topic, type, data, { sequence, id: testId('event', sequence) });
  return receivedFrom(event, sequence, partition);
};

/** The same message with other data, which need not fit its contract. */
export const withData = (original: ReceivedMessage, data: unknown): ReceivedMessage => ({
  ...original,
  value: Buffer.from(JSON.stringify(data)),
});
