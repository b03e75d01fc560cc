import { contractFaults } from '@souk/contracts/contract-faults.ts';
import { deadLetterHeader, markerHeader } from '@souk/contracts/dead-letter-header.ts';
import { retryTopic } from '@souk/contracts/topic.ts';
import type { KafkaAddress } from '../config/encryption.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import { type MessageToSend, openSender, type Sender } from '../kafka/sender.ts';
import { type DeadLetter, sourceOf } from './dead-letter-book.ts';
import { placeOf, readDeadLetters } from './read-dead-letters.ts';

/** Where the dead letters are, and who resolves them: noted in the dead-letter topic, for whoever asks later. */
export interface Resolver {
  brokers: KafkaAddress;
  /** The subject of a token, or the name of a tool. */
  by: string;
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

/**
 * Sends dead letters again, each to the retry topic of the group that refused it, and notes that in its dead-letter topic
 * once Kafka has it. Stopped in between, a dead letter is sent once more the next time: the group applies it once.
 */
export const replayDeadLetters = async (
  { brokers, by }: Resolver,
  deadLetters: readonly DeadLetter[],
  correction: Correction,
  onOutcome: (deadLetter: DeadLetter, outcome: ReplayOutcome, faults?: readonly string[]) => void,
): Promise<void> => {
  const sender = await openSender(brokers);
  const batch = deadLetterBatch(sender, { what: 'replayed', by }, (deadLetter) =>
    onOutcome(deadLetter, 'sent'),
  );
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
export const discardDeadLetters = (
  resolver: Resolver,
  deadLetters: readonly DeadLetter[],
  onMarked?: () => void,
): Promise<number> => markDeadLetters(resolver, deadLetters, 'dropped', onMarked);

/** Undoes the discarding: they are pending again. Returns how many. */
export const restoreDeadLetters = (
  resolver: Resolver,
  deadLetters: readonly DeadLetter[],
  onMarked?: () => void,
): Promise<number> => markDeadLetters(resolver, deadLetters, 'restored', onMarked);

const markDeadLetters = async (
  { brokers, by }: Resolver,
  deadLetters: readonly DeadLetter[],
  what: 'dropped' | 'restored',
  onMarked?: () => void,
): Promise<number> => {
  const sender = await openSender(brokers);
  let marked = 0;
  const batch = deadLetterBatch(sender, { what, by }, () => {
    marked += 1;
    onMarked?.();
  });
  try {
    await readDeadLetters(brokers, deadLetters, (deadLetter, record) => batch.add(deadLetter, record));
    await batch.flush();
  } finally {
    await sender.close();
  }
  return marked;
};

interface Mark {
  what: 'replayed' | 'dropped' | 'restored';
  by: string;
}

/** Gathers dead letters, and resolves them together: first what is sent again, then, once Kafka has that, the markers. */
const deadLetterBatch = (sender: Sender, mark: Mark, onResolved: (deadLetter: DeadLetter) => void) => {
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
    for (const [name, ofTopic] of Map.groupBy(batch, ({ deadLetter }) => placeOf(deadLetter).topic)) {
      const { topic, group } = sourceOf(name);
      const messages = ofTopic.flatMap(({ message }) => message ?? []);
      if (messages.length > 0) await sender.send(retryTopic(topic, group), messages);
      await sender.send(
        name,
        ofTopic.map(({ deadLetter, key }) => markerOf(deadLetter, key, mark)),
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
  { what, by }: Mark,
): MessageToSend => ({
  key,
  value: null,
  partition: at.partition,
  headers: {
    [deadLetterHeader.id]: id,
    [deadLetterHeader.replays]: String(replays),
    [markerHeader.resolved]: what,
    [markerHeader.resolvedAt]: new Date().toISOString(),
    [markerHeader.resolvedBy]: by,
  },
});
