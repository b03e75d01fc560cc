import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import {
  type DeadLetter,
  type DeadLetterBook,
  deadLetterBook,
  isDeadLetterTopic,
  type Resolution,
} from '@souk/service-kit/dead-letters/dead-letter-book.ts';
import type { Logger } from '@souk/service-kit/log.ts';
import { problem } from '@souk/service-kit/problem.ts';
import { backoffMs, waitUntil } from '@souk/service-kit/service/backoff.ts';
import { followLogs } from '../kafka/follow-logs.ts';

export type KnownDeadLetter = DeadLetter & { resolution?: Resolution };

/** The dead letters of the mesh as they are now, followed from the first question on. */
export interface DeadLetterWatch {
  /** All that are in the logs, oldest first. Throws a 503 `kafka_unreachable` while that is not known. */
  all(): Promise<readonly KnownDeadLetter[]>;
  /** Resolves when `is` holds of them, or after some seconds. */
  until(is: (all: readonly KnownDeadLetter[]) => boolean): Promise<void>;
  stop(): Promise<void>;
}

const currentWithinMs = 15_000;
const noticedWithinMs = 12_000;
const retry = { baseMs: 200, maxMs: 5_000 };

export const createDeadLetterWatch = (brokers: KafkaAddress, log: Logger): DeadLetterWatch => {
  const stopping = new AbortController();
  let following: Promise<void> | undefined;
  let current: DeadLetterBook | undefined;
  let listed: readonly KnownDeadLetter[] | undefined;

  const follow = async () => {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      const book = deadLetterBook();
      await followLogs({
        brokers,
        wanted: isDeadLetterTopic,
        from: 'start',
        onRecord: (record) => {
          book.add(record);
          listed = undefined;
        },
        onCurrent: () => {
          current = book;
          attempt = 0;
        },
        signal: stopping.signal,
      }).catch((error) => log.warn({ err: error }, 'the dead letters cannot be followed; trying again'));
      current = undefined;
      await pause(backoffMs(attempt, retry), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const list = (book: DeadLetterBook): readonly KnownDeadLetter[] => {
    listed ??= book.all();
    return listed;
  };
  const all = async () => {
    following ??= follow();
    await waitUntil(() => current !== undefined, { timeoutMs: currentWithinMs, signal: stopping.signal });
    if (!current)
      throw problem(503, 'kafka_unreachable', 'Kafka does not answer, so its dead letters are not known');
    return list(current);
  };
  return {
    all,
    until: async (is) => {
      await waitUntil(() => current !== undefined && is(list(current)), {
        timeoutMs: noticedWithinMs,
        signal: stopping.signal,
      });
    },
    stop: async () => {
      stopping.abort();
      await following;
    },
  };
};
