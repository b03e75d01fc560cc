import {
  type DecodedEvent,
  decodeEnvelope,
  decodeEvent,
  type EventEnvelope,
} from '@souk/contracts/cloud-event.ts';
import { DecodeError } from '@souk/contracts/decode-error.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import type { Database, TransactionSql } from '../postgres/database.ts';
import { errorCode, isDataError } from '../postgres/errors.ts';
import { advancePosition, lockPosition, type Position } from '../projection/positions.ts';
import { deadLetter, type Rejection } from './dead-letter.ts';
import type { ReceivedMessage } from './message.ts';
import type { OutgoingMessage } from './producer.ts';

/**
 * What a consumer makes of a topic. `apply` runs in the transaction that also moves the position on. It
 * gets events never applied before, of one partition, in the order of their numbers; a repeat does no
 * harm because it never arrives here.
 */
export interface Projection<T extends Topic = Topic> {
  topic: T;
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>;
}

/** Ties the types of the topic and its events together. */
export const projection = <T extends Topic>(
  topic: T,
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>,
): Projection => ({ topic, apply: apply as unknown as Projection['apply'] });

export interface ApplyOptions {
  db: Database;
  group: string;
  projection: Projection;
  /** Resolves once the dead-letter topic has them all. */
  sendDeadLetters: (messages: OutgoingMessage[]) => Promise<void>;
}

export interface Applied {
  applied: EventEnvelope[];
  repeated: number;
  deadLettered: number;
}

/** True for a failure that the same message would meet at every try: its bytes or its data are refused. */
export const isPermanent = (error: unknown): boolean => error instanceof DecodeError || isDataError(error);

/**
 * Applies messages of one topic and partition in one transaction: locks the position, leaves out what
 * was applied before, projects the rest, moves the position on. What does not decode goes to the
 * dead-letter topic before the commit. `rejection` sends all of them there instead of projecting.
 * Throws what the projection throws; nothing has changed then.
 */
export const applyBatch = (
  { db, group, projection: { topic, apply }, sendDeadLetters }: ApplyOptions,
  messages: readonly ReceivedMessage[],
  attempts: number,
  rejection?: Rejection,
): Promise<Applied> =>
  db.transaction('apply_batch', async (tx) => {
    const letters: OutgoingMessage[] = [];
    const reject = (message: ReceivedMessage, why: Rejection) =>
      letters.push(deadLetter(message, group, why));
    const positions = new Map<string, { position: Position; last: bigint }>();
    const applied: EventEnvelope[] = [];
    const events: DecodedEvent<Topic>[] = [];
    let repeated = 0;

    for (const message of messages) {
      try {
        const envelope = decodeEnvelope(message);
        const { source, sequence } = envelope;
        const at = positions.get(source) ?? (await openPosition(tx, source, message));
        positions.set(source, at);
        if (sequence <= at.last) {
          repeated += 1;
          continue;
        }
        at.last = sequence;
        if (rejection) {
          reject(message, rejection);
          continue;
        }
        const event = decodeEvent(topic, message);
        applied.push(envelope);
        // A type that only a newer build knows is passed over; so it would be by the build that wrote this.
        if (event) events.push(event);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        reject(message, rejectionOf(error, attempts));
      }
    }

    if (events.length > 0) await apply(tx, events);
    for (const { position, last } of positions.values()) await advancePosition(tx, position, last);
    // Before the commit: a crash in between may send a letter twice, but never moves past an unsent one.
    if (letters.length > 0) await sendDeadLetters(letters);
    return { applied, repeated, deadLettered: letters.length };
  });

const openPosition = async (tx: TransactionSql, source: string, { topic, partition }: ReceivedMessage) => {
  const position = { source, topic, partition };
  return { position, last: await lockPosition(tx, position) };
};

/** Names the fault without quoting the data: a Postgres message may hold the refused value. */
export const rejectionOf = (error: unknown, attempts: number): Rejection => {
  if (error instanceof DecodeError)
    return { errorClass: `DecodeError.${error.code}`, message: error.problems.join('; '), attempts };
  const { constraint_name, column_name } = error as { constraint_name?: string; column_name?: string };
  const where = constraint_name ?? column_name;
  return {
    errorClass: `PostgresError.${errorCode(error)}`,
    message: where ? `refused by ${where}` : 'refused by the database',
    attempts,
  };
};
