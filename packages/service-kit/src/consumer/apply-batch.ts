import { DecodeError } from '@souk/contracts/decode-error.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';
import type { Database } from '../postgres/database.ts';
import { isDataError } from '../postgres/errors.ts';
import type { Applied, Subscription } from '../projection/subscription.ts';
import { deadLetterMessage, type Refusal } from './dead-letter.ts';

export interface ApplyOptions {
  db: Database;
  group: string;
  subscription: Subscription;
  /** The messages are of the retry topic. */
  replayed?: boolean;
  /** What the tables must be of (projection/generation.ts); not looked at when undefined. */
  generation?: string | undefined;
  /** Resolves once the dead-letter topic has them all. */
  sendDeadLetters: (messages: OutgoingMessage[]) => Promise<void>;
}

/** True for a failure that the same message would meet at every try: its bytes or its data are refused. */
export const isPermanent = (error: unknown): boolean => error instanceof DecodeError || isDataError(error);

/**
 * Applies messages of one partition in one transaction. What is refused goes to the dead-letter topic before
 * the commit. `attempts` counts the tries, this one included. With `refusal`, whatever would be applied is
 * refused instead. Throws what the subscription throws, and `projection_cleared`; nothing has changed then.
 */
export const applyBatch = (
  { db, group, subscription, replayed = false, generation, sendDeadLetters }: ApplyOptions,
  messages: readonly ReceivedMessage[],
  attempts: number,
  refusal?: Refusal,
): Promise<Applied> =>
  db.transaction('apply_batch', async (tx) => {
    const batch = { messages, refusal, generation };
    const outcome = await (replayed ? subscription.applyReplayed(tx, batch) : subscription.apply(tx, batch));
    const now = new Date();
    const deadLetters = outcome.rejected
      .toSorted((a, b) => a.message.offset - b.message.offset)
      .map((rejected) =>
        deadLetterMessage({ ...rejected, topic: subscription.topic, group, replayed, attempts, now }),
      );
    // Before the commit: a crash in between may send a dead letter twice, but never moves past an unsent one.
    if (deadLetters.length > 0) await sendDeadLetters(deadLetters);
    return outcome;
  });
