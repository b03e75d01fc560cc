import type { Client, Metadata, MetadataOptions } from '@confluentinc/kafka-javascript';
import { brokersOf, type KafkaAddress } from '../config/encryption.ts';
import { kafkaFailure } from './kafka-error.ts';

/**
 * Connects a client. Rejects when no broker answers in time; where brokers refuse it, or it them, the error says why
 * and has the field `refusal`, which librdkafka tells its log alone.
 */
export const connect = (client: Client<string>, options: MetadataOptions): Promise<Metadata> =>
  new Promise((resolve, reject) => {
    let refusal: string | undefined;
    client.on('event.log', ({ message }: { message: string }) => {
      refusal = refusalIn.exec(message)?.[0] ?? refusal;
    });
    client.connect(options, (error, metadata) => {
      if (!error) return resolve(metadata);
      // Nothing to release: the binding has ended a client that got no answer, and throws if it is asked again.
      const failure = kafkaFailure(refusal ?? 'connect', refusal ? undefined : error);
      reject(Object.assign(failure, { refusal }));
    });
  });

/** Without the times behind it. */
const refusalIn = /(SSL handshake failed|SASL authentication error)[^(]+(?=\s\()/;

/** Whether brokers refuse a client, or it them: what it says of itself is wrong, or whom it trusts. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && (error as { refusal?: string }).refusal !== undefined;

/** For the user of a tool. */
export const noBrokerAnswers = (address: KafkaAddress, cause: unknown): Error => {
  const why = isRefusal(cause) ? `: ${(cause as { refusal: string }).refusal}` : '';
  return new Error(`no Kafka broker answers at ${brokersOf(address)}${why}`, { cause });
};
