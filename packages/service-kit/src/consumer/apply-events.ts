import {
  type DecodedEvent,
  decodeData,
  decodeEnvelope,
  type EventEnvelope,
} from '@souk/contracts/cloud-event.ts';
import { DecodeError } from '@souk/contracts/decode-error.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { TransactionSql } from '../postgres/database.ts';
import { type DeadLetterRow, lockDeadLetters, resolveDeadLetters } from '../projection/dead-letters.ts';
import { advancePosition, type LockedPosition, lockPosition } from '../projection/positions.ts';
import { type Applied, addOutcome, type Batch } from './batch.ts';
import { eventId, refusalOf, replayedId } from './dead-letter.ts';
import { type Facts, outcomeOf, type Refusal, sequenceLimit } from './outcome.ts';

/**
 * Applies a batch of events of one partition: locks its position, leaves out what was applied before, projects the
 * rest, moves the position on. Only events that were read and have a plausible number move its number. Of events sent
 * again each is applied as often as it has the right to, which is once; the numbers of a retry topic are offsets.
 */
export const applyEvents = async <T extends Topic>(
  topic: T,
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>,
  tx: TransactionSql,
  batch: Batch,
): Promise<Applied> => {
  const { messages, replayed, generation, requireSent } = batch;
  const { topic: name, partition } = messages[0] as ReceivedMessage;
  const position = { source: topic.source, topic: name, partition };
  const locked = await lockPosition(tx, position, generation);
  const deadLetters = locked.hasDeadLetters
    ? await lockDeadLetters(
        tx,
        messages.map((message) => idOf(message, replayed)),
      )
    : new Map<string, DeadLetterRow>();
  const { result, events, resolved, ...moved } = judge(topic, batch, locked, deadLetters);
  requireSent(result.rejected);

  if (events.length > 0) await apply(tx, events.toSorted(bySequence));
  await resolveDeadLetters(tx, resolved);
  const nextOffset = (messages.at(-1) as ReceivedMessage).offset + 1;
  await advancePosition(tx, position, {
    ...(replayed ? { last: BigInt(nextOffset), accepted: moved.last } : moved),
    nextOffset,
  });
  return result;
};

/** Decides, without asking anybody, what becomes of each message, and how far the position moves. */
const judge = <T extends Topic>(
  topic: T,
  { messages, replayed, refusal }: Batch,
  locked: LockedPosition,
  deadLetters: ReadonlyMap<string, DeadLetterRow>,
) => {
  const result: Applied = { applied: 0, repeated: 0, rejected: [], sourceTimesMs: [] };
  const events: DecodedEvent<T>[] = [];
  const resolved = new Set<string>();
  const met = new Set<string>();
  let first: bigint | undefined;
  let last = replayed ? 0n : locked.last;
  let newestTime = locked.newestTime;

  for (const message of messages) {
    const id = idOf(message, replayed);
    const read = reader(topic, message);
    const numbers =
      replayed || !read.envelope ? undefined : numbersOf(read.envelope, message, last, locked, met.has(id));
    const outcome = outcomeOf({
      fault: read.fault,
      deadLetter: resolved.has(id) ? 'resolved' : stateOf(deadLetters.get(id), message, replayed, locked),
      byRight: replayed,
      numbers,
      refusal,
    });
    met.add(id);
    if (outcome === 'resolved before') read.fault();
    const event = read.event();
    const isNew = !replayed && event !== undefined && event.sequence > locked.seen;
    addOutcome(result, outcome, {
      id: () => id,
      message,
      sourceTimeMs: isNew ? event.time.getTime() : undefined,
    });
    if (outcome === 'applied' && deadLetters.has(id)) resolved.add(id);
    // A type that only a newer build knows is passed over; so it would be by the build that wrote this.
    if (outcome === 'applied' && event) events.push(event);
    // What could not be read, or is too high, moves nothing: its number may be anybody's.
    if (!event || (numbers && numbers.sequence > numbers.limit)) continue;
    first ??= event.sequence;
    if (event.sequence > last) last = event.sequence;
    newestTime = laterOf(newestTime, event.time, message.receivedAtMs);
  }
  return { result, events, resolved: [...resolved], first, last, newestTime };
};

const idOf = (message: ReceivedMessage, replayed: boolean): string =>
  (replayed && replayedId(message)) || eventId(message);

/** Reads an event: its envelope at once, its data when they are asked for. */
const reader = <T extends Topic>(topic: T, message: ReceivedMessage) => {
  let event: DecodedEvent<T> | undefined;
  const attempt = <R>(read: () => R): { read?: R; fault?: Refusal } => {
    try {
      return { read: read() };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { fault: refusalOf(error) };
    }
  };
  const { read: envelope, fault: envelopeFault } = attempt(() => decodeEnvelope(topic, message));
  return {
    envelope,
    fault: () => {
      if (!envelope) return envelopeFault;
      const { read, fault } = attempt(() => decodeData(topic, envelope, message.value));
      event = read;
      return fault;
    },
    event: () => event,
  };
};

/** How far the owner's clock may be ahead. An event beyond it hides for no longer what is lost behind it. */
const aheadMaxMs = 24 * 3_600_000;

const laterOf = (newest: Date | undefined, time: Date, receivedAtMs: number): Date => {
  const ms = Math.min(time.getTime(), receivedAtMs + aheadMaxMs);
  return newest === undefined || ms > newest.getTime() ? new Date(ms) : newest;
};

const numbersOf = (
  { sequence, time }: EventEnvelope,
  { receivedAtMs }: ReceivedMessage,
  last: bigint,
  { known, newestTime }: LockedPosition,
  isMet: boolean,
): Facts['numbers'] => {
  // Of one further ahead the position does not tell whether it was applied.
  const isTimely = time.getTime() <= receivedAtMs + aheadMaxMs;
  return {
    sequence,
    last,
    limit: sequenceLimit(known > last ? known : last),
    unseen: newestTime !== undefined && time > newestTime && isTimely && !isMet,
  };
};

/** A row that this very message made, in a try that did not get behind it, is no dead letter yet. */
const stateOf = (
  row: DeadLetterRow | undefined,
  { topic, partition, offset }: ReceivedMessage,
  replayed: boolean,
  { nextOffset }: LockedPosition,
): NonNullable<Facts['deadLetter']> => {
  if (row === undefined) return 'none';
  if (row.resolved) return 'resolved';
  if (replayed || row.topic !== topic || row.partition !== partition || row.offset !== offset)
    return 'pending';
  return offset < nextOffset ? 'passed' : 'none';
};

const bySequence = (a: { sequence: bigint }, b: { sequence: bigint }): number =>
  a.sequence < b.sequence ? -1 : Number(a.sequence > b.sequence);
