import { type DecodedEvent, decodeEvent } from '@souk/contracts/cloud-event.ts';
import { DecodeError } from '@souk/contracts/decode-error.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { TransactionSql } from '../postgres/database.ts';
import {
  knownDeadLetters,
  lockDeadLetters,
  recordDeadLetters,
  resolveDeadLetters,
} from '../projection/dead-letters.ts';
import { advancePosition, lockPosition, type Position } from '../projection/positions.ts';
import type { Applied, Batch } from '../projection/subscription.ts';
import { ownEnvelope } from './apply-events.ts';
import { eventId, firstPartition, type Refusal, refusalOf, replayedId } from './dead-letter.ts';

const tooEarly: Refusal = {
  errorClass: 'ReplayError.too_early',
  message: 'sent again before the position had moved past the event; send it again once more',
};

/**
 * Applies a batch of dead letters that were sent again: each as often as it has the right to, which is once.
 * What never was a dead letter has no such right. The position is that of the retry topic, an offset: it only
 * says how far the topic has been read.
 */
export const applyReplayedEvents = async <T extends Topic>(
  topic: T,
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>,
  tx: TransactionSql,
  { messages, refusal, generation }: Batch,
): Promise<Applied> => {
  const first = messages[0] as ReceivedMessage;
  const position = { source: topic.source, topic: first.topic, partition: first.partition };
  await lockPosition(tx, position, generation);
  const ids = messages.map(idOf);
  const known = await knownDeadLetters(tx, ids);
  const unknownMessages = messages.filter((message) => !known.has(idOf(message)));
  const passed = await lockPassed(tx, topic, unknownMessages, generation);
  const deadLetters = await lockDeadLetters(tx, ids);
  const outcome: Applied = { applied: 0, repeated: 0, rejected: [], sourceTimesMs: [] };
  const events: { sequence: bigint; event: DecodedEvent<T> }[] = [];
  const resolved = new Set<string>();

  for (const message of messages) {
    const id = idOf(message);
    const state = deadLetters.get(id);
    if (state === 'resolved' || resolved.has(id)) {
      outcome.repeated += 1;
      continue;
    }
    try {
      const { sequence } = ownEnvelope(topic, message);
      if (state === undefined && sequence <= (passed.get(firstPartition(message)) ?? 0n)) {
        outcome.repeated += 1;
        continue;
      }
      const why = state === undefined ? tooEarly : refusal;
      if (why) {
        outcome.rejected.push({ id, message, refusal: why });
        continue;
      }
      const event = decodeEvent(topic, message);
      outcome.applied += 1;
      resolved.add(id);
      if (event) events.push({ sequence, event });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      outcome.rejected.push({ id, message, refusal: refusalOf(error) });
    }
  }

  if (events.length > 0)
    await apply(
      tx,
      events.toSorted(bySequence).map(({ event }) => event),
    );
  await resolveDeadLetters(tx, [...resolved]);
  await recordDeadLetters(tx, outcome.rejected);
  const nextOffset = (messages.at(-1) as ReceivedMessage).offset + 1;
  await advancePosition(tx, position, { last: BigInt(nextOffset), nextOffset });
  return outcome;
};

const idOf = (message: ReceivedMessage): string => replayedId(message) ?? eventId(message);

const bySequence = (a: { sequence: bigint }, b: { sequence: bigint }): number =>
  a.sequence < b.sequence ? -1 : Number(a.sequence > b.sequence);

/**
 * The topic's own positions, locked, by partition, for events that are no known dead letters. A dead letter is sent
 * before its transaction commits and may come back before that: then its number is above the position still.
 */
const lockPassed = async (
  tx: TransactionSql,
  topic: Topic,
  unknownMessages: readonly ReceivedMessage[],
  generation: string | undefined,
): Promise<ReadonlyMap<number, bigint>> => {
  const partitions = [...new Set(unknownMessages.map(firstPartition))].sort((a, b) => a - b);
  const passed = new Map<number, bigint>();
  for (const partition of partitions) {
    const position: Position = { source: topic.source, topic: topic.name, partition };
    passed.set(partition, (await lockPosition(tx, position, generation)).last);
  }
  return passed;
};
