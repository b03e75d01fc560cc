import { deadLetterTopic } from '@souk/contracts/topic.ts';
import type { KafkaAddress } from '../config/encryption.ts';
import { type LogPlace, readLogs, readPlaces } from '../kafka/log-reader.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import {
  type DeadLetter,
  type DeadLetterBook,
  deadLetterBook,
  isDeadLetterTopic,
  sourceOf,
} from './dead-letter-book.ts';

/** Which dead letters; all that is given must hold. */
export interface DeadLetterFilter {
  topic?: string;
  group?: string;
  /** The class of the error, such as DecodeError.not_json, or what stands behind its dot. */
  reason?: string;
  /** The identity, or the beginning of it. */
  id?: string;
}

/** The pending dead letters, oldest first, without their documents: however large they are, they fit the memory. */
export const pendingDeadLetters = async (
  brokers: KafkaAddress,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> => chosen((await readBook(brokers, filter)).pending(), filter);

/** As `pendingDeadLetters`, those that were discarded. */
export const discardedDeadLetters = async (
  brokers: KafkaAddress,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> =>
  chosen(
    (await readBook(brokers, filter)).all().filter(({ resolution }) => resolution?.how === 'discarded'),
    filter,
  );

const readBook = async (brokers: KafkaAddress, filter: DeadLetterFilter): Promise<DeadLetterBook> => {
  const book = deadLetterBook();
  await readLogs(brokers, (name) => isDeadLetterTopic(name) && fitsTopic(name, filter), book.add);
  return book;
};

const chosen = (deadLetters: readonly DeadLetter[], filter: DeadLetterFilter): DeadLetter[] => {
  const found = deadLetters.filter(
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

const fitsTopic = (name: string, { topic, group }: DeadLetterFilter): boolean => {
  const source = sourceOf(name);
  return (topic === undefined || source.topic === topic) && (group === undefined || source.group === group);
};

/** Where the dead letter's message lies. */
export const placeOf = ({ topic, group, at }: DeadLetter): LogPlace => ({
  topic: deadLetterTopic(topic, group),
  ...at,
});
