import { type OutgoingMessage, openProducer, type ProducerSession } from './producer.ts';

/** Sends to dead-letter topics; connects at the first letter, and anew after a failure. */
export interface DeadLetterSender {
  /** Resolves once Kafka has acknowledged all; rejects as a whole. */
  send(messages: OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

export const openDeadLetterSender = (brokers: string, group: string): DeadLetterSender => {
  let session: Promise<ProducerSession> | undefined;

  const end = async () => {
    const ending = session;
    session = undefined;
    await ending?.then((open) => open.close()).catch(() => undefined);
  };

  return {
    send: async (messages) => {
      session ??= openProducer({ brokers, clientId: `souk-${group}-dead-letters` });
      try {
        const { publish } = await session;
        await publish(messages);
      } catch (error) {
        await end();
        throw error;
      }
    },
    close: end,
  };
};
