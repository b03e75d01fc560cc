import { deadLetterHeader, markerHeader } from '@souk/contracts/dead-letter-header.ts';
import { deadLetterTopic, retryTopic } from '@souk/contracts/topic.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { type LogPlace, readLogs, readPlaces } from '@souk/service-kit/kafka/log-reader.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { type MessageToSend, openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import { contractFaults } from './contract-faults.ts';
import { type DeadLetter, deadLetterBook, isDeadLetterTopic, sourceOf } from './dead-letter-log.ts';

/** Which of the pending dead letters; all that is given must hold. */
export interface DeadLetterFilter {
  topic?: string;
  group?: string;
  /** The class of the error, such as DecodeError.not_json, or what stands behind its dot. */
  reason?: string;
  /** The identity, or the beginning of it. */
  id?: string;
}

/** What is sent again in place of what the dead letter holds. */
export interface Correction {
  key?: string;
  headers?: Record<string, string>;
  /** Gets the document, and gives the corrected one; undefined leaves the dead letter where it is. */
  document?: (deadLetter: DeadLetter, document: Buffer) => Promise<Buffer | undefined>;
  /** Send what was corrected although the contract of its topic refuses it. */
  unchecked?: boolean;
}

/**
 * `left` unchanged, `omitted`: Kafka had taken it without its document only, `gone`: its message is no more, `wrong`:
 * corrected, and the contract of its topic still refuses it. All but `sent` leave the dead letter pending.
 */
export type ReplayOutcome = 'sent' | 'left' | 'omitted' | 'gone' | 'wrong';

/** Dead letters are sent together up to this; each alone may be as large as Kafka takes it. */
const batchBytesMax = 4 * 1_048_576;
const batchDeadLettersMax = 500;

/** The dead letters that wait, oldest first, without their documents: however large they are, they fit the memory. */
export const pendingDeadLetters = async (
  brokers: KafkaAddress,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> => {
  const book = deadLetterBook();
  await readLogs(brokers, (name) => isDeadLetterTopic(name) && fitsTopic(name, filter), book.add);
  const found = book
    .pending()
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

/** Hands over the given dead letters with their whole messages, one after the other, in the order of the logs. */
export const readDeadLetters = async (
  brokers: KafkaAddress,
  deadLetters: readonly DeadLetter[],
  onDeadLetter: (deadLetter: DeadLetter, record: ReceivedMessage) => Promise<void>,
): Promise<void> => {
  const places = deadLetters.map((deadLetter) => ({ ...placeOf(deadLetter), deadLetter }));
  const nameOf = ({ topic, partition, offset }: LogPlace) => JSON.stringify([topic, partition, offset]);
  const byPlace = new Map(places.map((place) => [nameOf(place), place.deadLetter]));
  await readPlaces(brokers, places, async (record) => {
    const deadLetter = byPlace.get(nameOf(record));
    if (deadLetter) await onDeadLetter(deadLetter, record);
  });
};

/**
 * Sends dead letters again, each to the retry topic of the group that refused it, and notes that in its dead-letter topic
 * once Kafka has it. Stopped in between, a dead letter is sent once more the next time: the group applies it once.
 */
export const replayDeadLetters = async (
  brokers: KafkaAddress,
  deadLetters: readonly DeadLetter[],
  correction: Correction,
  onOutcome: (deadLetter: DeadLetter, outcome: ReplayOutcome, faults?: readonly string[]) => void,
): Promise<void> => {
  const sender = await openSender(brokers);
  const batch = deadLetterBatch(sender, 'replayed', (deadLetter) => onOutcome(deadLetter, 'sent'));
  const missing = new Set(deadLetters);
  try {
    await readDeadLetters(brokers, deadLetters, async (deadLetter, record) => {
      missing.delete(deadLetter);
      const corrected = await correct(deadLetter, record, correction);
      if (typeof corrected === 'string') return onOutcome(deadLetter, corrected);
      const faults =
        isCorrected(correction) && !correction.unchecked ? contractFaults(deadLetter.topic, corrected) : [];
      if (faults.length > 0) return onOutcome(deadLetter, 'wrong', faults);
      await batch.add(deadLetter, record, corrected);
      // What a person has corrected does not wait for the next one to be.
      if (correction.document) await batch.flush();
    });
    await batch.flush();
  } finally {
    await sender.close();
  }
  for (const deadLetter of missing) onOutcome(deadLetter, 'gone');
};

/** Discards dead letters: they are not pending any more. Their messages stay in the topic. Returns how many. */
export const discardDeadLetters = async (
  brokers: KafkaAddress,
  deadLetters: readonly DeadLetter[],
): Promise<number> => {
  const sender = await openSender(brokers);
  let dropped = 0;
  const batch = deadLetterBatch(sender, 'dropped', () => {
    dropped += 1;
  });
  try {
    await readDeadLetters(brokers, deadLetters, (deadLetter, record) => batch.add(deadLetter, record));
    await batch.flush();
  } finally {
    await sender.close();
  }
  return dropped;
};

/** Gathers dead letters, and resolves them together: first what is sent again, then, once Kafka has that, the markers. */
const deadLetterBatch = (
  sender: Sender,
  how: 'replayed' | 'dropped',
  onResolved: (deadLetter: DeadLetter) => void,
) => {
  let gathered: {
    deadLetter: DeadLetter;
    key: Buffer | string | null;
    message: MessageToSend | undefined;
  }[] = [];
  let bytes = 0;
  const flush = async () => {
    const batch = gathered;
    gathered = [];
    bytes = 0;
    for (const [name, ofBox] of Map.groupBy(batch, ({ deadLetter }) => placeOf(deadLetter).topic)) {
      const { topic, group } = sourceOf(name);
      const messages = ofBox.flatMap(({ message }) => message ?? []);
      if (messages.length > 0) await sender.send(retryTopic(topic, group), messages);
      await sender.send(
        name,
        ofBox.map(({ deadLetter, key }) => markerOf(deadLetter, key, how)),
      );
    }
    for (const { deadLetter } of batch) onResolved(deadLetter);
  };
  return {
    add: async (deadLetter: DeadLetter, { key }: ReceivedMessage, message?: MessageToSend) => {
      gathered.push({ deadLetter, key, message });
      bytes += (message?.value?.length ?? 0) + (key?.length ?? 0);
      if (bytes >= batchBytesMax || gathered.length >= batchDeadLettersMax) await flush();
    },
    flush,
  };
};

const correct = async (
  deadLetter: DeadLetter,
  record: ReceivedMessage,
  { key, headers, document }: Correction,
): Promise<MessageToSend | 'left' | 'omitted'> => {
  if (deadLetter.bytes === undefined && !document) return 'omitted';
  const value = document ? await document(deadLetter, record.value ?? Buffer.alloc(0)) : record.value;
  if (value === undefined) return 'left';
  return {
    key: key ?? record.key,
    value,
    headers: { ...record.headers, [deadLetterHeader.id]: deadLetter.id, ...headers },
  };
};

const isCorrected = ({ key, headers = {}, document }: Correction): boolean =>
  key !== undefined || document !== undefined || Object.keys(headers).length > 0;

/** In the dead letter's own partition, where its key would lead as well if it has one. */
const markerOf = (
  { id, replays, at }: DeadLetter,
  key: Buffer | string | null,
  resolved: 'replayed' | 'dropped',
): MessageToSend => ({
  key,
  value: null,
  partition: at.partition,
  headers: {
    [deadLetterHeader.id]: id,
    [deadLetterHeader.replays]: String(replays),
    [markerHeader.resolved]: resolved,
    [markerHeader.resolvedAt]: new Date().toISOString(),
  },
});

const fitsTopic = (name: string, { topic, group }: DeadLetterFilter): boolean => {
  const source = sourceOf(name);
  return (topic === undefined || source.topic === topic) && (group === undefined || source.group === group);
};

/** Where the dead letter's message lies. */
const placeOf = ({ topic, group, at }: DeadLetter): LogPlace => ({
  topic: deadLetterTopic(topic, group),
  ...at,
});
