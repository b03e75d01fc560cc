import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { KafkaAddress } from '../config/encryption.ts';
import { noBrokerAnswers } from './connect.ts';
import { kafkaErrorCode } from './kafka-error.ts';
import type { HeaderValue } from './message.ts';
import { type OutgoingMessage, openProducer, type ProducerSession } from './producer.ts';

export interface MessageToSend {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers?: Record<string, HeaderValue>;
  /** Chosen by the key where it is not given. */
  partition?: number;
}

/** Sends at least once, for callers whose messages do no harm when they come twice. */
export interface Sender {
  /**
   * Resolves once all in-sync replicas have them all, in the given order within a partition, behind those of earlier
   * calls. While brokers are away it sends them again, for up to a minute. Rejects with an error of code KAFKA; some may then be in the log.
   */
  send(topic: string, messages: readonly MessageToSend[]): Promise<void>;
  close(): Promise<void>;
}

const retryForMs = 60_000;
const retryIntervalMs = 500;
const permanent: ReadonlySet<unknown> = new Set([
  kafkaErrorCode.messageTooLarge,
  kafkaErrorCode.gaplessGuarantee,
]);

/** Connects; rejects when no broker answers in 3 seconds. After a failure it goes on with a new producer session. */
export const openSender = async (brokers: KafkaAddress, clientId = 'souk-sender'): Promise<Sender> => {
  const open = () => openProducer({ brokers, clientId });
  let session: ProducerSession | undefined = await open().catch((error: unknown) => {
    throw noBrokerAnswers(brokers, error);
  });
  /** A failure ends the session for all that is under way, and two callers would each open another. */
  const oneAtATime = pLimit(1);
  const end = async () => {
    await session?.close();
    session = undefined;
  };
  const send = async (outgoing: readonly OutgoingMessage[]): Promise<void> => {
    const deadline = performance.now() + retryForMs;
    for (;;) {
      try {
        session ??= await open();
        await session.publish(outgoing);
        return;
      } catch (error) {
        await end();
        const isPermanent = permanent.has((error as { kafkaCode?: number }).kafkaCode);
        if (isPermanent || performance.now() > deadline) throw error;
        await pause(retryIntervalMs);
      }
    }
  };
  return {
    send: (topic, messages) => {
      const outgoing = messages.map(({ value, headers = {}, ...message }) => ({
        ...message,
        topic,
        headers,
        value: typeof value === 'string' ? Buffer.from(value) : value,
      }));
      return oneAtATime(() => send(outgoing));
    },
    close: end,
  };
};
