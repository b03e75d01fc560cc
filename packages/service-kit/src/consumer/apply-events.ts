import {
  type DecodedEvent,
  decodeEnvelope,
  decodeEvent,
  type EventEnvelope,
} from '@souk/contracts/cloud-event.ts';
import { DecodeError } from '@souk/contracts/decode-error.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { TransactionSql } from '../postgres/database.ts';
import { lockDeadLetters, recordDeadLetters, resolveDeadLetters } from '../projection/dead-letters.ts';
import { advancePosition, lockPosition } from '../projection/positions.ts';
import type { Applied, Batch } from '../projection/subscription.ts';
import { eventId, refusalOf } from './dead-letter.ts';

/**
 * Applies a batch of events of one partition: locks its position, leaves out what was applied before, by
 * number or as a dead letter sent again, projects the rest, moves the position on.
 */
export const applyEvents = async <T extends Topic>(
  topic: T,
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>,
  tx: TransactionSql,
  { messages, refusal, generation }: Batch,
): Promise<Applied> => {
  const position = {
    source: topic.source,
    topic: topic.name,
    partition: (messages[0] as ReceivedMessage).partition,
  };
  const { last: before, seen, hasDeadLetters } = await lockPosition(tx, position, generation);
  const deadLetters = hasDeadLetters
    ? await lockDeadLetters(tx, messages.map(eventId))
    : new Map<string, never>();
  const outcome: Applied = { applied: 0, repeated: 0, rejected: [], sourceTimesMs: [] };
  const events: DecodedEvent<T>[] = [];
  const resolved: string[] = [];
  let first: bigint | undefined;
  let last = before;

  for (const message of messages) {
    const id = eventId(message);
    try {
      const { sequence, time } = ownEnvelope(topic, message);
      if (sequence <= last) {
        outcome.repeated += 1;
        continue;
      }
      first ??= sequence;
      last = sequence;
      if (deadLetters.get(id) === 'resolved') {
        outcome.repeated += 1;
        continue;
      }
      if (refusal) {
        outcome.rejected.push({ id, message, refusal });
        continue;
      }
      const event = decodeEvent(topic, message);
      outcome.applied += 1;
      if (sequence > seen) outcome.sourceTimesMs.push(time.getTime());
      if (deadLetters.has(id)) resolved.push(id);
      // A type that only a newer build knows is passed over; so it would be by the build that wrote this.
      if (event) events.push(event);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (deadLetters.get(id) === 'resolved') outcome.repeated += 1;
      else outcome.rejected.push({ id, message, refusal: refusalOf(error) });
    }
  }

  if (events.length > 0) await apply(tx, events);
  await resolveDeadLetters(tx, resolved);
  await recordDeadLetters(tx, outcome.rejected);
  const { offset } = messages.at(-1) as ReceivedMessage;
  if (last > before) await advancePosition(tx, position, { first, last, nextOffset: offset + 1 });
  return outcome;
};

/** The envelope of an event that its topic's owner wrote: only those have numbers that can be compared. */
export const ownEnvelope = (topic: Topic, message: ReceivedMessage): EventEnvelope => {
  const envelope = decodeEnvelope(message);
  if (envelope.source === topic.source) return envelope;
  throw new DecodeError('bad_envelope', [`ce_source: ${topic.name} carries events of ${topic.source} only`]);
};
