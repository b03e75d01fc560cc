import { contractFaults } from '@souk/contracts/contract-faults.ts';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { readDeadLetters } from '@souk/service-kit/dead-letters/read-dead-letters.ts';
import { headerText, type ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { asProblem } from '../kafka/log-session.ts';
import { originalHeaders, shownKey, shownValue } from '../kafka/shown-message.ts';
import { shownDeadLetter } from './dead-letter-list.ts';
import type { KnownDeadLetter } from './dead-letter-watch.ts';

/** Which part of a message is at fault: a JSON pointer of the document, or the name of a header or `key`. */
export interface Fault {
  field: string;
  message: string;
}

/** One dead letter with its message and what its contract has against it; undefined when Kafka has it no more. */
export const readDetail = async (
  brokers: KafkaAddress,
  deadLetter: KnownDeadLetter,
  maySeePersonal: boolean,
) => {
  const found = await messageOf(brokers, deadLetter);
  if (!found) return undefined;
  const { key, value, headers } = found;
  return {
    ...shownDeadLetter(deadLetter),
    lies_at: deadLetter.at,
    reason_text: headerText(headers, deadLetterHeader.errorMessage) ?? '',
    key: shownKey(key),
    headers: originalHeaders(headers),
    value: shownValue(deadLetter.topic, value, maySeePersonal),
    faults: faultsOf(contractFaults(deadLetter.topic, found)),
  };
};

/** Undefined when Kafka has it no more. Throws a 503 `kafka_unreachable` when no broker answers. */
export const messageOf = async (
  brokers: KafkaAddress,
  deadLetter: KnownDeadLetter,
): Promise<ReceivedMessage | undefined> => {
  let found: ReceivedMessage | undefined;
  await readDeadLetters(brokers, [deadLetter], async (_, record) => {
    found = record;
  }).catch((error) => {
    throw asProblem(error);
  });
  return found;
};

/** `path: fault` as its two parts. */
export const faultsOf = (problems: readonly string[]): Fault[] =>
  problems.map((text) => {
    const [, field = '', message = text] = /^(\S*?):\s(.*)$/s.exec(text) ?? [];
    return { field, message };
  });
