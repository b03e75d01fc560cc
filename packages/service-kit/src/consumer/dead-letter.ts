import { createHash } from 'node:crypto';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { DecodeError } from '@souk/contracts/decode-error.ts';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { headerText, type ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';
import { errorCode } from '../postgres/errors.ts';
import type { Refusal } from './outcome.ts';

const headerTextMax = 2_000;
const ownHeaders = /^__(connect\.errors|souk\.errors|souk\.dlq)\./;
const safeId = /^[\x21-\x7e]{1,200}$/;

export interface DeadLetter {
  id: string;
  message: ReceivedMessage;
  refusal: Refusal;
  /** The topic of the contracts: that of the message, unless it was sent again. */
  topic: string;
  group: string;
  /** It came by the retry topic; what its headers say of its past is carried on. */
  replayed: boolean;
  /** Tries since it was received, this one included. */
  attempts: number;
  now: Date;
}

/**
 * The message for `<topic>.<group>.dlq`: key, value and headers as they came, and where it came from first
 * and why it was refused in the header names that Kafka Connect uses for its dead letters (KIP-298).
 */
export const deadLetterMessage = (deadLetter: DeadLetter): OutgoingMessage => {
  const { id, message, refusal, topic, group, replayed, attempts, now } = deadLetter;
  const past = replayed ? message.headers : {};
  const headers = Object.entries(message.headers).filter(([name]) => !ownHeaders.test(name));
  return {
    topic: deadLetterTopic(topic, group),
    key: message.key,
    value: message.value,
    headers: {
      ...Object.fromEntries(headers),
      [deadLetterHeader.topic]: headerText(past, deadLetterHeader.topic) ?? message.topic,
      [deadLetterHeader.partition]: String(countOf(past, deadLetterHeader.partition) ?? message.partition),
      [deadLetterHeader.offset]: String(countOf(past, deadLetterHeader.offset) ?? message.offset),
      [deadLetterHeader.errorClass]: refusal.errorClass,
      [deadLetterHeader.errorMessage]: refusal.message.slice(0, headerTextMax),
      [deadLetterHeader.id]: id,
      [deadLetterHeader.replays]: String(replayed ? (countOf(past, deadLetterHeader.replays) ?? 0) + 1 : 0),
      [deadLetterHeader.attempts]: String((countOf(past, deadLetterHeader.attempts) ?? 0) + attempts),
      [deadLetterHeader.firstSeen]: timeOf(past, deadLetterHeader.firstSeen) ?? iso(message.receivedAtMs),
      [deadLetterHeader.lastSeen]: now.toISOString(),
    },
  };
};

/** The id of an event as a dead letter: its own, so that it is the same one wherever in a log it comes again. */
export const eventId = (message: ReceivedMessage): string =>
  safeTextOf(message, 'ce_id') ?? digestId(message);

/** The id that a message sent again carries; undefined when it has none that is fit. */
export const replayedId = (message: ReceivedMessage): string | undefined =>
  safeTextOf(message, deadLetterHeader.id);

/** An id of the form of a UUID for a message without one of its own: always the same for the same place and bytes. */
export const digestId = ({ topic, partition, offset, key, value }: ReceivedMessage): string => {
  const hash = createHash('sha256').update(
    JSON.stringify([topic, partition, offset, key?.length, value?.length]),
  );
  for (const bytes of [key, value]) if (bytes) hash.update(bytes);
  return hash.digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
};

/** Names the fault without quoting the data: a Postgres message may hold the refused value. */
export const refusalOf = (error: unknown): Refusal => {
  if (error instanceof DecodeError)
    return { errorClass: `DecodeError.${error.code}`, message: error.problems.join('; ') };
  const { constraint_name, column_name } = error as { constraint_name?: string; column_name?: string };
  const where = constraint_name ?? column_name;
  return {
    errorClass: `PostgresError.${errorCode(error)}`,
    message: where ? `refused by ${where}` : 'refused by the database',
  };
};

type Headers = ReceivedMessage['headers'];

const safeTextOf = ({ headers }: ReceivedMessage, name: string): string | undefined => {
  const text = headerText(headers, name) ?? '';
  return safeId.test(text) ? text : undefined;
};

/** A whole number that is exact; undefined for anything else. */
const countOf = (headers: Headers, name: string): number | undefined => {
  const text = headerText(headers, name) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

const timeOf = (headers: Headers, name: string): string | undefined => {
  const time = Date.parse(headerText(headers, name) ?? '');
  return Number.isNaN(time) ? undefined : iso(time);
};

const iso = (ms: number): string => new Date(ms).toISOString();
