import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import {
  type DeadLetter,
  deadLetterBook,
  isDeadLetterTopic,
  type Resolution,
  sourceOf,
} from '@souk/service-kit/dead-letters/dead-letter-book.ts';
import { followLogs } from '@souk/service-kit/kafka/log-follower.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import type { Logger } from '@souk/service-kit/log.ts';
import { problem } from '@souk/service-kit/problem.ts';
import { waitUntil } from '@souk/service-kit/service/backoff.ts';

export type KnownDeadLetter = DeadLetter & { resolution?: Resolution };

/** The dead letters of the mesh as they are now, followed from the first question on. */
export interface DeadLetterWatch {
  /**
   * Those that are in the logs, of a topic and group `knownMax` at least. Throws a 503 `kafka_unreachable` while that is
   * not known.
   */
  all(): Promise<readonly KnownDeadLetter[]>;
  /** How many are in the logs that are not among them. */
  leftOut(): LeftOut[];
  /** Resolves when `is` holds of them, or after some seconds. */
  until(is: (all: readonly KnownDeadLetter[]) => boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface LeftOut {
  topic: string;
  group: string;
  count: number;
}

/** Of a topic and group; up to twice as many are held, each of about a kilobyte. */
const knownMax = 5_000;
/** While more come, those that are known are put together so often at most. */
const listEveryMs = 200;
const currentWithinMs = 15_000;
const noticedWithinMs = 12_000;

export const createDeadLetterWatch = (brokers: KafkaAddress, log: Logger): DeadLetterWatch => {
  const stopping = new AbortController();
  let following: Promise<void> | undefined;
  let current: Map<string, ListedBook> | undefined;

  const follow = () => {
    let books = new Map<string, ListedBook>();
    return followLogs({
      ...{ brokers, log, signal: stopping.signal },
      topics: isDeadLetterTopic,
      from: 'start',
      onBegin: () => {
        books = new Map();
      },
      onMessage: (record) => {
        const book = books.get(record.topic) ?? listedBook();
        books.set(record.topic, book);
        book.add(record);
      },
      onCurrent: () => {
        current = books;
      },
      onInterrupted: () => {
        current = undefined;
      },
      interrupted: 'the logs cannot be followed; trying again',
    });
  };
  const list = (books: Map<string, ListedBook>): readonly KnownDeadLetter[] =>
    [...books.values()].flatMap((book) => book.all());
  const all = async () => {
    following ??= follow();
    await waitUntil(() => current !== undefined, { timeoutMs: currentWithinMs, signal: stopping.signal });
    if (!current)
      throw problem(503, 'kafka_unreachable', 'Kafka does not answer, so its dead letters are not known');
    return list(current);
  };
  return {
    all,
    leftOut: () =>
      [...(current ?? [])].flatMap(([name, book]) => {
        const count = book.leftOut();
        return count > 0 ? [{ ...sourceOf(name), count }] : [];
      }),
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

type ListedBook = ReturnType<typeof listedBook>;

/** The dead letters of one topic and group. */
const listedBook = () => {
  const { add, all, leftOut } = deadLetterBook(knownMax);
  let listed: readonly KnownDeadLetter[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;
  let isChanged = false;
  return {
    leftOut,
    add: (record: ReceivedMessage) => {
      add(record);
      isChanged = true;
    },
    all: () => {
      if (isChanged && performance.now() - listedAt > listEveryMs) {
        listed = all();
        listedAt = performance.now();
        isChanged = false;
      }
      return listed;
    },
  };
};
