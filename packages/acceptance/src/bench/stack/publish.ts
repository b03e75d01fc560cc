import { type OutgoingMessage, openProducer } from '@souk/service-kit/kafka/producer.ts';

const batchSize = 2_000;
const batchesInFlight = 8;

/** Publishes messages in their order, as fast as Kafka takes them; gives their number. */
export const publishAll = async (brokers: string, messages: Iterable<OutgoingMessage>): Promise<number> => {
  const producer = await openProducer({ brokers, clientId: 'bench' });
  const inFlight: Promise<unknown>[] = [];
  let batch: OutgoingMessage[] = [];
  let count = 0;
  const send = async () => {
    if (inFlight.length >= batchesInFlight) await inFlight.shift();
    count += batch.length;
    inFlight.push(producer.publish(batch));
    batch = [];
  };
  for (const message of messages) {
    batch.push(message);
    if (batch.length === batchSize) await send();
  }
  await send();
  await Promise.all(inFlight);
  await producer.close();
  return count;
};
