import { deadLetterHeader, markerHeader } from '@souk/contracts/dead-letter-header.ts';
import { headerText, type ReceivedMessage } from '../kafka/message.ts';

/** A dead letter: what its headers say, of bounded size, without its key, its document and its own headers. */
export interface DeadLetter {
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
  /** Of the document; undefined when Kafka took the dead letter only without it. */
  bytes: number | undefined;
  /** Where the newest copy of it lies in the dead-letter topic. */
  at: { partition: number; offset: number };
}

/** What an operator did with a dead letter. */
export interface Resolution {
  how: 'replayed' | 'discarded';
  /** RFC 3339. */
  at: string;
  /** Who did it; empty where the marker does not say. */
  by: string;
}

/** Longer than whatever the consumers write there. */
const headerTextMax = 300;

export type DeadLetterBook = ReturnType<typeof deadLetterBook>;

/** The newest marker of a dead letter. */
interface Marker {
  replays: number;
  partition: number;
  offset: number;
  what: string;
  at: string;
  by: string;
}

/**
 * Makes the dead letters out of the logs of dead-letter topics, which hold letters and markers. The same dead letter
 * may be there several times, and again after it was sent again; it is pending unless a marker resolves this or a later
 * replay of it, and no newer marker takes that back. The order in which records are added does not matter.
 *
 * With a `max` it holds twice as many at most, and then forgets all but `max`: the resolved ones first, then the oldest.
 */
export const deadLetterBook = (max = Number.POSITIVE_INFINITY) => {
  const deadLetters = new Map<string, DeadLetter>();
  const markers = new Map<string, Marker>();
  let leftOut = 0;
  const known = (): (DeadLetter & { resolution?: Resolution })[] =>
    [...deadLetters].map(([name, deadLetter]) => {
      const resolution = resolutionOf(deadLetter, markers.get(name));
      return resolution ? { ...deadLetter, resolution } : deadLetter;
    });
  const all = () => known().toSorted((a, b) => compare(a.firstSeen, b.firstSeen) || compare(a.id, b.id));
  const forget = () => {
    const kept = known().toSorted(pendingAndNewestFirst).slice(0, max);
    const names = new Set(kept.map(nameOf));
    leftOut += deadLetters.size - kept.length;
    for (const name of deadLetters.keys()) if (!names.has(name)) deadLetters.delete(name);
    for (const name of markers.keys()) if (!names.has(name)) markers.delete(name);
  };
  return {
    add: (record: ReceivedMessage): void => {
      const { topic, group } = sourceOf(record.topic);
      const id = idOf(record);
      const name = nameOf({ topic, group, id });
      const marker = markerOf(record);
      if (marker) {
        const before = markers.get(name);
        if (!before || isNewer(placed(marker), placed(before))) markers.set(name, marker);
      } else {
        const deadLetter = deadLetterOf(record, { id, topic, group });
        const before = deadLetters.get(name);
        deadLetters.set(name, before ? merged(before, deadLetter) : deadLetter);
      }
      if (Math.max(deadLetters.size, markers.size) > 2 * max) forget();
    },
    /** The pending dead letters, oldest first. */
    pending: (): DeadLetter[] => all().filter((deadLetter) => !('resolution' in deadLetter)),
    /** All of them, oldest first; without a resolution the pending ones. */
    all,
    /** How many were forgotten because there were too many. */
    leftOut: () => leftOut,
  };
};

const nameOf = ({ topic, group, id }: Pick<DeadLetter, 'topic' | 'group' | 'id'>): string =>
  JSON.stringify([topic, group, id]);

const markerOf = (record: ReceivedMessage): Marker | undefined => {
  const what = text(record, markerHeader.resolved);
  if (what === undefined) return undefined;
  const { partition, offset } = record;
  return {
    ...{ partition, offset, what },
    replays: count(record, deadLetterHeader.replays),
    at: text(record, markerHeader.resolvedAt) ?? '',
    by: text(record, markerHeader.resolvedBy) ?? '',
  };
};

const placed = ({ replays, partition, offset }: Marker) => ({ replays, at: { partition, offset } });

const resolutionOf = ({ replays }: DeadLetter, marker: Marker | undefined): Resolution | undefined => {
  if (!marker || replays > marker.replays || marker.what === 'restored') return undefined;
  const { what, at, by } = marker;
  return { how: what === 'dropped' ? 'discarded' : 'replayed', at, by };
};

/** `<topic>.<group>.dlq`: topics and groups have no dots. */
export const sourceOf = (deadLetters: string): { topic: string; group: string } => {
  const [topic = '', group = ''] = deadLetters.split('.');
  return { topic, group };
};

export const isDeadLetterTopic = (name: string): boolean => /^[^.]+\.[^.]+\.dlq$/.test(name);

/** What a dead letter is known by; one without an identity of its own, by its place. */
const idOf = (record: ReceivedMessage): string =>
  text(record, deadLetterHeader.id) ?? `${record.partition}-${record.offset}`;

const deadLetterOf = (
  record: ReceivedMessage,
  { id, topic, group }: Pick<DeadLetter, 'id' | 'topic' | 'group'>,
): DeadLetter => {
  const firstSeen = text(record, deadLetterHeader.firstSeen) ?? '';
  return {
    id,
    topic,
    group,
    origin: {
      topic: text(record, deadLetterHeader.topic) ?? topic,
      partition: count(record, deadLetterHeader.partition),
      offset: count(record, deadLetterHeader.offset),
    },
    errorClass: text(record, deadLetterHeader.errorClass) ?? 'unknown',
    replays: count(record, deadLetterHeader.replays),
    attempts: count(record, deadLetterHeader.attempts),
    firstSeen,
    lastSeen: text(record, deadLetterHeader.lastSeen) ?? firstSeen,
    bytes:
      text(record, deadLetterHeader.valueOmitted) === undefined ? (record.value?.length ?? 0) : undefined,
    at: { partition: record.partition, offset: record.offset },
  };
};

/** One dead letter out of two copies: the newer one's content, the times of both. */
const merged = (a: DeadLetter, b: DeadLetter): DeadLetter => {
  const [older, newer] = isNewer(b, a) ? [a, b] : [b, a];
  return {
    ...newer,
    firstSeen: compare(older.firstSeen, newer.firstSeen) < 0 ? older.firstSeen : newer.firstSeen,
    lastSeen: compare(older.lastSeen, newer.lastSeen) > 0 ? older.lastSeen : newer.lastSeen,
  };
};

type Placed = Pick<DeadLetter, 'replays' | 'at'>;

const isNewer = (a: Placed, b: Placed): boolean =>
  (a.replays - b.replays || a.at.partition - b.at.partition || a.at.offset - b.at.offset) > 0;

const pendingAndNewestFirst = (
  a: DeadLetter & { resolution?: Resolution },
  b: DeadLetter & { resolution?: Resolution },
): number =>
  Number(a.resolution !== undefined) - Number(b.resolution !== undefined) || compare(b.lastSeen, a.lastSeen);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Cut to `headerTextMax`, as a text of its own: a part of a text keeps the whole in memory. */
const text = ({ headers }: ReceivedMessage, name: string): string | undefined => {
  const whole = headerText(headers, name);
  if (whole === undefined || whole.length <= headerTextMax) return whole;
  return Buffer.from(whole.slice(0, headerTextMax)).toString();
};

const count = (record: ReceivedMessage, name: string): number => {
  const found = Number(text(record, name));
  return Number.isSafeInteger(found) && found >= 0 ? found : 0;
};
