import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import pLimit from 'p-limit';
import type { KafkaAddress } from '../config/encryption.ts';
import { kafkaErrorCode } from '../kafka/kafka-error.ts';
import { bytesOf } from '../kafka/message.ts';
import {
  messageBytesMax,
  type OutgoingMessage,
  openProducer,
  type ProducerSession,
} from '../kafka/producer.ts';
import type { ProducerMetrics } from '../kafka/producer-metrics.ts';

/** Sends to dead-letter topics; connects at the first dead letter, and again after a failure. */
export interface DeadLetterSender {
  /**
   * Resolves once Kafka has acknowledged all; rejects as a whole. A dead letter too large for Kafka is sent without
   * its value, and if need be with nothing but what happened: it must not stop its partition.
   */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

interface DeadLetterSenderOptions {
  brokers: KafkaAddress;
  group: string;
  /** Dead letters are counted when Kafka has them, or when sending them failed: a form too large for it is neither. */
  metrics: ProducerMetrics;
}

/** So long the batch waits for Kafka, without a lock in Postgres; then it is tried again. */
const sendTimeoutMs = 5_000;

export const openDeadLetterSender = ({
  brokers,
  group,
  metrics,
}: DeadLetterSenderOptions): DeadLetterSender => {
  let session: Promise<ProducerSession> | undefined;
  /** The smallest size that was refused so far; whatever is as large is not even tried. */
  let refusedBytes = messageBytesMax;
  /** A failure ends the session for all that is under way, and a size would be learnt from somebody else's refusal. */
  const oneAtATime = pLimit(1);

  const end = async () => {
    const ending = session;
    session = undefined;
    await ending?.then((open) => open.close()).catch(() => undefined);
  };

  const publish = async (messages: readonly OutgoingMessage[]) => {
    session ??= openProducer({
      brokers,
      clientId: `souk-${group}-dead-letters`,
      // A dead letter twice is one dead letter, so nothing is gained by it; and a refusal would end it with another error.
      idempotent: false,
      messageTimeoutMs: sendTimeoutMs,
    });
    try {
      await (await session).publish(messages);
    } catch (error) {
      if (!isTooLarge(error)) count(metrics.failedSends, messages);
      await end();
      throw error;
    }
    count(metrics.sent, messages);
  };

  const publishAlone = async (message: OutgoingMessage) => {
    for (let form: OutgoingMessage | undefined = message; form !== undefined; form = lighter(form)) {
      if (bytesOf(form) >= refusedBytes) continue;
      try {
        return await publish([form]);
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        refusedBytes = Math.min(refusedBytes, bytesOf(form));
      }
    }
    // Broker settings under which nothing at all can be sent.
    count(metrics.failedSends, [message]);
    throw new Error('Kafka refuses even the smallest dead letter for its size');
  };

  const send = async (messages: readonly OutgoingMessage[]) => {
    const small = messages.every((message) => bytesOf(message) < refusedBytes);
    try {
      if (small) return await publish(messages);
    } catch (error) {
      // Of several messages it does not say which.
      if (!isTooLarge(error)) throw error;
    }
    for (const message of messages) await publishAlone(message);
  };

  return {
    send: (messages) => oneAtATime(() => send(messages)),
    close: end,
  };
};

const count = (counter: ProducerMetrics['sent'], messages: readonly OutgoingMessage[]): void => {
  for (const { topic } of messages) counter.inc({ topic });
};

const isTooLarge = (error: unknown): boolean =>
  (error as { kafkaCode?: number }).kafkaCode === kafkaErrorCode.messageTooLarge;

const ownHeaders: ReadonlySet<string> = new Set(Object.values(deadLetterHeader));

/** First without the value, then without everything of the original; undefined when there is nothing left. */
const lighter = (message: OutgoingMessage): OutgoingMessage | undefined => {
  const { value, headers } = message;
  if (value !== null)
    return {
      ...message,
      value: null,
      headers: { ...headers, [deadLetterHeader.valueOmitted]: String(value.length) },
    };
  const own = Object.entries(headers).filter(([name]) => ownHeaders.has(name));
  if (own.length === Object.keys(headers).length && message.key === null) return undefined;
  return { ...message, key: null, headers: Object.fromEntries(own) };
};
