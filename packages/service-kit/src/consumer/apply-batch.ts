import { DecodeError } from '@souk/contracts/decode-error.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';
import { type Database, isIntendedRollback } from '../postgres/database.ts';
import { isDataError } from '../postgres/errors.ts';
import type { BuildBeside } from '../projection/beside.ts';
import type { KnownTables } from '../projection/known-tables.ts';
import type { Subscription } from '../projection/subscription.ts';
import type { Applied, Batch, Rejected } from './batch.ts';
import { deadLetterMessage } from './dead-letter.ts';
import type { Refusal } from './outcome.ts';

export interface ApplyOptions {
  db: Database;
  group: string;
  subscription: Subscription;
  /** The messages are of the retry topic. */
  replayed?: boolean;
  /** What the tables must be (projection/known-tables.ts), raised by each commit; not looked at when undefined. */
  known?: KnownTables | undefined;
  /** The tables are built beside those in use. */
  beside?: BuildBeside | undefined;
  /** Resolves once the dead-letter topic has them all. */
  sendDeadLetters: (messages: OutgoingMessage[]) => Promise<void>;
  /** Runs a transaction when it is its turn, so that consuming does not take all connections of the pool. */
  inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** True for a failure that the same message would meet at every try: its bytes or its data are refused. */
export const isPermanent = (error: unknown): boolean => error instanceof DecodeError || isDataError(error);

/**
 * Applies messages of one topic in one transaction. A transaction that refuses messages which are not in the
 * dead-letter topic moves nothing and, of events, records them; then they are sent, and it is tried again: so it never
 * moves past an unsent one, and no lock waits for Kafka. A crash in between sends a dead letter twice, which is one.
 * `attempts` counts the tries, this one included. With `refusal`, whatever would be applied is refused instead. Throws
 * what the subscription and the sending throw, and that the tables are others; nothing has been applied then.
 */
export const applyBatch = async (
  options: ApplyOptions,
  messages: readonly ReceivedMessage[],
  attempts: number,
  refusal?: Refusal,
): Promise<Applied> => {
  const { db, subscription, replayed = false, known, inTurn = (work) => work() } = options;
  const sent = new Set<ReceivedMessage>();
  for (;;) {
    let unsent: Rejected[] = [];
    const batch: Batch = {
      ...{ messages, replayed, refusal, known, asOf: options.beside?.asOf },
      unsent: (rejected) => {
        unsent = rejected.filter(({ message }) => !sent.has(message));
        return unsent;
      },
    };
    try {
      const applied = await inTurn(() =>
        db.transaction('apply_batch', (tx) => subscription.apply(tx, batch)),
      );
      for (const [partition, last] of applied.reached ?? []) known?.reached.set(partition, last);
      if (unsent.length === 0) return applied;
    } catch (error) {
      if (!isIntendedRollback(error)) throw error;
    }
    await send(options, (await options.beside?.toSend(unsent)) ?? unsent, attempts);
    for (const { message } of unsent) sent.add(message);
  }
};

const send = async (
  { group, subscription, replayed = false, sendDeadLetters }: ApplyOptions,
  unsent: readonly Rejected[],
  attempts: number,
): Promise<void> => {
  if (unsent.length === 0) return;
  const now = new Date();
  const deadLetters = unsent.map((rejected) =>
    deadLetterMessage({ ...rejected, topic: subscription.topic, group, replayed, attempts, now }),
  );
  await sendDeadLetters(deadLetters);
};
