import { letterHeader, markerHeader } from '@souk/contracts/letter-header.ts';
import type { LogRecord } from '../client/kafka-log.ts';

/** A dead letter that waits: what its headers say, of bounded size, without its key, its document and its own headers. */
export interface Letter {
  id: string;
  /** The topic and the group that refused it. */
  topic: string;
  group: string;
  /** Where it came from first. */
  origin: { topic: string; partition: number; offset: number };
  errorClass: string;
  /** How often it has been sent again. */
  replays: number;
  /** Tries of the consumer, all together. */
  attempts: number;
  /** RFC 3339. */
  firstSeen: string;
  lastSeen: string;
  /** Of the document; undefined when Kafka took the letter only without it. */
  bytes: number | undefined;
  /** Where the newest copy of it lies in the dead-letter topic. */
  at: { partition: number; offset: number };
}

/** Longer than whatever the consumers write there. */
const headerTextMax = 300;

export interface LetterBook {
  add(record: LogRecord): void;
  /** The letters that wait, oldest first. */
  waiting(): Letter[];
}

/**
 * Makes the letters that wait out of the logs of dead-letter topics, which hold letters and markers. The same letter
 * may be there several times, and again after it was sent again; it waits unless a marker settles this or a later
 * replay of it. The order of the records does not matter.
 */
export const letterBook = (): LetterBook => {
  const letters = new Map<string, Letter>();
  const settled = new Map<string, number>();
  return {
    add: (record) => {
      const { topic, group } = sourceOf(record.topic);
      const id = idOf(record);
      const name = JSON.stringify([topic, group, id]);
      if (text(record, markerHeader.settled) !== undefined) {
        settled.set(name, Math.max(settled.get(name) ?? -1, count(record, letterHeader.replays)));
        return;
      }
      const letter = letterOf(record, { id, topic, group });
      const known = letters.get(name);
      letters.set(name, known ? merged(known, letter) : letter);
    },
    waiting: () =>
      [...letters]
        .filter(([name, { replays }]) => replays > (settled.get(name) ?? -1))
        .map(([, letter]) => letter)
        .toSorted((a, b) => compare(a.firstSeen, b.firstSeen) || compare(a.id, b.id)),
  };
};

/** `<topic>.<group>.dlq`: topics and groups have no dots. */
export const sourceOf = (deadLetters: string): { topic: string; group: string } => {
  const [topic = '', group = ''] = deadLetters.split('.');
  return { topic, group };
};

export const isDeadLetterTopic = (name: string): boolean => /^[^.]+\.[^.]+\.dlq$/.test(name);

/** What a letter is known by; one without an identity of its own, by its place. */
const idOf = (record: LogRecord): string =>
  text(record, letterHeader.id)?.slice(0, headerTextMax) ?? `${record.partition}-${record.offset}`;

const letterOf = (
  record: LogRecord,
  { id, topic, group }: Pick<Letter, 'id' | 'topic' | 'group'>,
): Letter => {
  const firstSeen = text(record, letterHeader.firstSeen) ?? '';
  return {
    id,
    topic,
    group,
    origin: {
      topic: text(record, letterHeader.topic) ?? topic,
      partition: count(record, letterHeader.partition),
      offset: count(record, letterHeader.offset),
    },
    errorClass: text(record, letterHeader.errorClass)?.slice(0, headerTextMax) ?? 'unknown',
    replays: count(record, letterHeader.replays),
    attempts: count(record, letterHeader.attempts),
    firstSeen,
    lastSeen: text(record, letterHeader.lastSeen) ?? firstSeen,
    bytes: text(record, letterHeader.valueOmitted) === undefined ? (record.value?.length ?? 0) : undefined,
    at: { partition: record.partition, offset: record.offset },
  };
};

/** One letter out of two copies: the newer one's content, the times of both. */
const merged = (a: Letter, b: Letter): Letter => {
  const [older, newer] = isNewer(b, a) ? [a, b] : [b, a];
  return {
    ...newer,
    firstSeen: compare(older.firstSeen, newer.firstSeen) < 0 ? older.firstSeen : newer.firstSeen,
    lastSeen: compare(older.lastSeen, newer.lastSeen) > 0 ? older.lastSeen : newer.lastSeen,
  };
};

const isNewer = (a: Letter, b: Letter): boolean =>
  (a.replays - b.replays || a.at.partition - b.at.partition || a.at.offset - b.at.offset) > 0;

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const text = ({ headers }: LogRecord, name: string): string | undefined => headers[name]?.toString();

const count = (record: LogRecord, name: string): number => {
  const found = Number(text(record, name));
  return Number.isSafeInteger(found) && found >= 0 ? found : 0;
};
