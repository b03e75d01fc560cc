import { retryTopic } from '@souk/contracts/topic.ts';
import { type LogRecord, readLogs } from '../client/kafka-log.ts';
import { type MessageToSend, openKafkaSender } from '../client/kafka-sender.ts';
import { idOf, isDeadLetterTopic, type Letter, letterBook, letterHeader, sourceOf } from './letters.ts';

/** Which of the waiting letters; all that is given must hold. */
export interface LetterFilter {
  topic?: string;
  group?: string;
  /** The class of the error, such as DecodeError.not_json. */
  reason?: string;
  /** The identity, or the beginning of it. */
  id?: string;
}

/** What is sent again in place of what the letter holds. */
export interface Mending {
  key?: string;
  headers?: Record<string, string>;
  /** Gets the document, and gives the mended one; undefined leaves the letter where it is. */
  document?: (letter: Letter, document: Buffer) => Promise<Buffer | undefined>;
}

export type ReplayOutcome = 'sent' | 'left' | 'omitted';

/** The letters that wait, oldest first, without their documents: however many there are, they fit the memory. */
export const waitingLetters = async (brokers: string, filter: LetterFilter): Promise<Letter[]> => {
  const book = letterBook();
  await readLogs(brokers, (name) => isDeadLetterTopic(name) && fitsTopic(name, filter), book.add);
  return book
    .waiting()
    .filter(
      ({ id, errorClass }) =>
        (filter.id === undefined || id.startsWith(filter.id)) &&
        (filter.reason === undefined || errorClass === filter.reason),
    );
};

/** Hands over the given letters with their whole messages, one after the other. */
export const openLetters = async (
  brokers: string,
  letters: readonly Letter[],
  onLetter: (letter: Letter, record: LogRecord) => Promise<void>,
): Promise<void> => {
  const byPlace = new Map(letters.map((letter) => [placeOf(letter), letter]));
  const topics = new Set(letters.map(({ topic, group }) => `${topic}.${group}.dlq`));
  await readLogs(
    brokers,
    (name) => topics.has(name),
    async (record) => {
      const letter = byPlace.get(placeOf({ ...sourceOf(record.topic), id: idOf(record), at: record }));
      if (letter) await onLetter(letter, record);
    },
  );
};

/**
 * Sends letters again, each to the retry topic of the group that refused it, and notes that in its dead-letter topic
 * once Kafka has it. Stopped in between, a letter is sent once more the next time: the group applies it once.
 */
export const replayLetters = async (
  brokers: string,
  letters: readonly Letter[],
  mending: Mending,
  onOutcome: (letter: Letter, outcome: ReplayOutcome) => void,
): Promise<void> => {
  const sender = await openKafkaSender(brokers);
  try {
    await openLetters(brokers, letters, async (letter, record) => {
      const mended = await mend(letter, record, mending);
      if (typeof mended === 'string') return onOutcome(letter, mended);
      await sender.send(retryTopic(letter.topic, letter.group), [mended]);
      await sender.send(record.topic, [markerOf(letter, record.key, 'replayed')]);
      onOutcome(letter, 'sent');
    });
  } finally {
    await sender.close();
  }
};

/** Gives letters up: they wait no more. Their messages stay in the topic. */
export const dropLetters = async (brokers: string, letters: readonly Letter[]): Promise<void> => {
  const sender = await openKafkaSender(brokers);
  try {
    for (const letter of letters)
      await sender.send(`${letter.topic}.${letter.group}.dlq`, [
        markerOf(letter, letter.key === null ? null : Buffer.from(letter.key), 'dropped'),
      ]);
  } finally {
    await sender.close();
  }
};

const mend = async (
  letter: Letter,
  record: LogRecord,
  { key, headers, document }: Mending,
): Promise<MessageToSend | 'left' | 'omitted'> => {
  if (letter.bytes === undefined && !document) return 'omitted';
  const value = document ? await document(letter, record.value ?? Buffer.alloc(0)) : record.value;
  if (value === undefined) return 'left';
  return {
    key: key ?? record.key,
    value,
    headers: { ...record.headers, [letterHeader.id]: letter.id, ...headers },
  };
};

/** In the letter's own partition, where its key would lead as well if it has one. */
const markerOf = (
  { id, replays, at }: Letter,
  key: Buffer | null,
  settled: 'replayed' | 'dropped',
): MessageToSend => ({
  key,
  value: null,
  partition: at.partition,
  headers: {
    [letterHeader.id]: id,
    [letterHeader.replays]: String(replays),
    [letterHeader.settled]: settled,
    [letterHeader.settledAt]: new Date().toISOString(),
  },
});

const fitsTopic = (name: string, { topic, group }: LetterFilter): boolean => {
  const source = sourceOf(name);
  return (topic === undefined || source.topic === topic) && (group === undefined || source.group === group);
};

const placeOf = ({ topic, group, id, at }: Pick<Letter, 'topic' | 'group' | 'id' | 'at'>): string =>
  JSON.stringify([topic, group, id, at.partition, at.offset]);
