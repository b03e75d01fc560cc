import { letterHeader, markerHeader } from '@souk/contracts/letter-header.ts';
import { deadLetterTopic, retryTopic } from '@souk/contracts/topic.ts';
import { type LogRecord, readLogs, readPlaces } from '../client/kafka-log.ts';
import { type KafkaSender, type MessageToSend, openKafkaSender } from '../client/kafka-sender.ts';
import { contractFaults } from './contract-faults.ts';
import { isDeadLetterTopic, type Letter, letterBook, sourceOf } from './letters.ts';

/** Which of the waiting letters; all that is given must hold. */
export interface LetterFilter {
  topic?: string;
  group?: string;
  /** The class of the error, such as DecodeError.not_json, or what stands behind its dot. */
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
  /** Send what was mended although the contract of its topic refuses it. */
  unchecked?: boolean;
}

/**
 * `left` unchanged, `omitted`: Kafka had taken it without its document only, `gone`: its message is no more, `wrong`:
 * mended, and the contract of its topic still refuses it. All but `sent` leave the letter waiting.
 */
export type ReplayOutcome = 'sent' | 'left' | 'omitted' | 'gone' | 'wrong';

/** Letters are sent together up to this; each alone may be as large as Kafka takes it. */
const batchBytesMax = 4 * 1_048_576;
const batchLettersMax = 500;

/** The letters that wait, oldest first, without their documents: however large they are, they fit the memory. */
export const waitingLetters = async (brokers: string, filter: LetterFilter): Promise<Letter[]> => {
  const book = letterBook();
  await readLogs(brokers, (name) => isDeadLetterTopic(name) && fitsTopic(name, filter), book.add);
  const found = book
    .waiting()
    .filter(
      ({ id, errorClass }) =>
        (filter.id === undefined || id.startsWith(filter.id)) &&
        (filter.reason === undefined ||
          errorClass === filter.reason ||
          errorClass.endsWith(`.${filter.reason}`)),
    );
  const exactly = found.filter(({ id }) => id === filter.id);
  return exactly.length > 0 ? exactly : found;
};

/** Hands over the given letters with their whole messages, one after the other, in the order of the logs. */
export const openLetters = async (
  brokers: string,
  letters: readonly Letter[],
  onLetter: (letter: Letter, record: LogRecord) => Promise<void>,
): Promise<void> => {
  const places = letters.map((letter) => ({ ...placeOf(letter), letter }));
  const nameOf = ({ topic, partition, offset }: Place) => JSON.stringify([topic, partition, offset]);
  const byPlace = new Map(places.map((place) => [nameOf(place), place.letter]));
  await readPlaces(brokers, places, async (record) => {
    const letter = byPlace.get(nameOf(record));
    if (letter) await onLetter(letter, record);
  });
};

/**
 * Sends letters again, each to the retry topic of the group that refused it, and notes that in its dead-letter topic
 * once Kafka has it. Stopped in between, a letter is sent once more the next time: the group applies it once.
 */
export const replayLetters = async (
  brokers: string,
  letters: readonly Letter[],
  mending: Mending,
  onOutcome: (letter: Letter, outcome: ReplayOutcome, faults?: readonly string[]) => void,
): Promise<void> => {
  const sender = await openKafkaSender(brokers);
  const batch = letterBatch(sender, 'replayed', (letter) => onOutcome(letter, 'sent'));
  const missing = new Set(letters);
  try {
    await openLetters(brokers, letters, async (letter, record) => {
      missing.delete(letter);
      const mended = await mend(letter, record, mending);
      if (typeof mended === 'string') return onOutcome(letter, mended);
      const faults = isMended(mending) && !mending.unchecked ? contractFaults(letter.topic, mended) : [];
      if (faults.length > 0) return onOutcome(letter, 'wrong', faults);
      await batch.add(letter, record, mended);
      // What a person has mended is not kept waiting for the next one to be.
      if (mending.document) await batch.flush();
    });
    await batch.flush();
  } finally {
    await sender.close();
  }
  for (const letter of missing) onOutcome(letter, 'gone');
};

/** Gives letters up: they wait no more. Their messages stay in the topic. Returns how many. */
export const dropLetters = async (brokers: string, letters: readonly Letter[]): Promise<number> => {
  const sender = await openKafkaSender(brokers);
  let dropped = 0;
  const batch = letterBatch(sender, 'dropped', () => {
    dropped += 1;
  });
  try {
    await openLetters(brokers, letters, (letter, record) => batch.add(letter, record));
    await batch.flush();
  } finally {
    await sender.close();
  }
  return dropped;
};

/** Gathers letters, and settles them together: first what is sent again, then, once Kafka has that, the markers. */
const letterBatch = (
  sender: KafkaSender,
  how: 'replayed' | 'dropped',
  onSettled: (letter: Letter) => void,
) => {
  let gathered: { letter: Letter; key: Buffer | null; message: MessageToSend | undefined }[] = [];
  let bytes = 0;
  const flush = async () => {
    const batch = gathered;
    gathered = [];
    bytes = 0;
    for (const [name, ofBox] of Map.groupBy(batch, ({ letter }) => placeOf(letter).topic)) {
      const { topic, group } = sourceOf(name);
      const messages = ofBox.flatMap(({ message }) => message ?? []);
      if (messages.length > 0) await sender.send(retryTopic(topic, group), messages);
      await sender.send(
        name,
        ofBox.map(({ letter, key }) => markerOf(letter, key, how)),
      );
    }
    for (const { letter } of batch) onSettled(letter);
  };
  return {
    add: async (letter: Letter, { key }: LogRecord, message?: MessageToSend) => {
      gathered.push({ letter, key, message });
      bytes += (message?.value?.length ?? 0) + (key?.length ?? 0);
      if (bytes >= batchBytesMax || gathered.length >= batchLettersMax) await flush();
    },
    flush,
  };
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

const isMended = ({ key, headers = {}, document }: Mending): boolean =>
  key !== undefined || document !== undefined || Object.keys(headers).length > 0;

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
    [markerHeader.settled]: settled,
    [markerHeader.settledAt]: new Date().toISOString(),
  },
});

const fitsTopic = (name: string, { topic, group }: LetterFilter): boolean => {
  const source = sourceOf(name);
  return (topic === undefined || source.topic === topic) && (group === undefined || source.group === group);
};

type Place = Pick<LogRecord, 'topic' | 'partition' | 'offset'>;

/** Where the letter's message lies. */
const placeOf = ({ topic, group, at }: Letter): Place => ({ topic: deadLetterTopic(topic, group), ...at });
