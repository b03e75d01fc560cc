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
import {
  type DeadLetterRow,
  lockDeadLetters,
  recordDeadLetters,
  resolveDeadLetters,
} from '../projection/dead-letters.ts';
import {
  advancePositions,
  type LockedPosition,
  type LockedPositions,
  lockPositions,
  type Move,
} from '../projection/positions.ts';
import { type Applied, addOutcome, type Batch } from './batch.ts';
import { eventId, refusalOf, replayedId } from './dead-letter.ts';
import { type Facts, outcomeOf, type Refusal, sequenceLimit } from './outcome.ts';

/**
 * Applies a batch of events of one topic: locks the positions of its partitions, leaves out what was applied before,
 * projects the rest, moves the positions on. Only events that were read and have a plausible number move a number. Of
 * events sent again each is applied as often as it has the right to, which is once; the numbers of a retry topic are
 * offsets.
 */
export const applyEvents = async <T extends Topic>(
  topic: T,
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>,
  tx: TransactionSql,
  batch: Batch,
): Promise<Applied> => {
  const { messages, replayed, known } = batch;
  const { topic: name } = messages[0] as ReceivedMessage;
  const of = { source: topic.source, topic: name };
  const partitions = [...new Set(messages.map(({ partition }) => partition))];
  const locked = await lockPositions(tx, of, partitions, known);
  const deadLetters = locked.hasDeadLetters
    ? await lockDeadLetters(
        tx,
        messages.map((message) => idOf(message, replayed)),
      )
    : new Map<string, DeadLetterRow>();
  const { result, events, resolved, moves } = judge(topic, batch, locked, deadLetters);
  const unsent = batch.unsent(result.rejected);
  if (unsent.length > 0) {
    await recordDeadLetters(tx, unsent);
    return result;
  }

  const applying = events.length > 0 ? apply(tx, events.sort(bySequence)) : undefined;
  // Sent right behind. Where both fail, the failure of `apply` is the reason, so it is awaited first.
  const moving = advancePositions(tx, of, moves, !replayed && result.rejected.length === 0);
  moving.catch(() => undefined);
  await applying;
  await resolveDeadLetters(tx, resolved);
  await moving;
  return { ...result, reached: new Map(moves.map(({ partition, last }) => [`${name}/${partition}`, last])) };
};

/** Decides, without asking anybody, what becomes of each message, and how far the positions move. */
const judge = <T extends Topic>(
  topic: T,
  { messages, replayed, refusal, asOf }: Batch,
  { positions, known }: LockedPositions,
  deadLetters: ReadonlyMap<string, DeadLetterRow>,
) => {
  const result: Applied = { applied: 0, repeated: 0, rejected: [], sourceTimesMs: [] };
  const events: DecodedEvent<T>[] = [];
  const resolved = new Set<string>();
  const met = new Set<string>();
  const moves = new Map<number, Move>();

  for (const message of messages) {
    const { partition, offset } = message;
    const locked = positions.get(partition) as LockedPosition;
    const move = moves.get(partition) ?? unmoved(partition, locked, replayed);
    moves.set(partition, move);
    move.nextOffset = offset + 1;
    const id = idOf(message, replayed);
    const read = reader(topic, message);
    const numbers =
      replayed || !read.envelope
        ? undefined
        : numbersOf(read.envelope, message, move.last, known, locked.newestTime, met.has(id));
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
    addOutcome(result, outcome, () => id, message, isNew ? event.time.getTime() : undefined);
    if (outcome === 'applied' && deadLetters.has(id)) resolved.add(id);
    // A type that only a newer build knows is passed over; so it would be by the build that wrote this.
    if (outcome === 'applied' && event && isWanted(topic, event, asOf)) events.push(event);
    // What could not be read, or is too high, moves nothing: its number may be anybody's.
    if (!event || (numbers && numbers.sequence > numbers.limit)) continue;
    move.first ??= event.sequence;
    if (event.sequence > move.last) move.last = event.sequence;
    move.newestTime = laterOf(move.newestTime, event.time, message.receivedAtMs);
  }
  return {
    result,
    events,
    resolved: [...resolved],
    moves: [...moves.values()].map(replayed ? ofReplays : asItIs),
  };
};

/** Who is erased is erased from tables as of an earlier time, too. */
const isWanted = (
  topic: Topic,
  { type, time }: { type: string; time: Date },
  asOf: Date | undefined,
): boolean => asOf === undefined || time <= asOf || type === topic.erasure;

/** What a batch moves before its first message. */
const unmoved = (partition: number, { last, newestTime }: LockedPosition, replayed: boolean): Move => ({
  partition,
  first: undefined,
  last: replayed ? 0n : last,
  accepted: 0n,
  newestTime,
  nextOffset: 0,
});

const asItIs = (move: Move): Move => move;

/** An event that was sent again moves the retry topic's position by its offset, and vouches for its number. */
const ofReplays = ({ last, nextOffset, ...move }: Move): Move => ({
  ...move,
  first: undefined,
  last: BigInt(nextOffset),
  accepted: last,
  newestTime: undefined,
  nextOffset,
});

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
  known: bigint,
  newestTime: Date | undefined,
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
