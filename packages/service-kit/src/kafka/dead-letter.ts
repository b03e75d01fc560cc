import { deadLetterTopic } from '@souk/contracts/topic.ts';
import type { ReceivedMessage } from './message.ts';
import type { OutgoingMessage } from './producer.ts';

/** Why a message can never be applied. The text must not quote the data: it goes into headers and logs. */
export interface Rejection {
  errorClass: string;
  message: string;
  attempts: number;
}

const headerTextMax = 2_000;

/**
 * The message for `<topic>.<group>.dlq`: original key, value and headers, and where it came from and why
 * it was refused in the header names that Kafka Connect uses for its dead letters (KIP-298).
 */
export const deadLetter = (
  message: ReceivedMessage,
  group: string,
  rejection: Rejection,
): OutgoingMessage => ({
  topic: deadLetterTopic(message.topic, group),
  key: message.key,
  value: message.value,
  headers: {
    ...message.headers,
    '__connect.errors.topic': message.topic,
    '__connect.errors.partition': String(message.partition),
    '__connect.errors.offset': String(message.offset),
    '__connect.errors.exception.class.name': rejection.errorClass,
    '__connect.errors.exception.message': rejection.message.slice(0, headerTextMax),
    '__souk.errors.attempts': String(rejection.attempts),
    '__souk.errors.first_seen': new Date(message.receivedAtMs).toISOString(),
  },
});
