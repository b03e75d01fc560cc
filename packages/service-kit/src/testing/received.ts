import { Buffer } from 'node:buffer';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';

/** A message as a consumer gets it, at an offset of partition 0. */
export const receivedFrom = (
  { topic, key, value, headers }: OutgoingMessage,
  offset: number,
): ReceivedMessage => ({
  ...{ topic, value, headers, offset, key: Buffer.from(key ?? '') },
  ...{ partition: 0, bytes: 0, receivedAtMs: Date.now() },
});
