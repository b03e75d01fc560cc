import { brokersOf, type KafkaAddress } from '@souk/service-kit/config/encryption.ts';

/** What a client of @platformatic/kafka, the only one that can administer, begins with. */
export const adminSettings = (address: KafkaAddress) => {
  const bootstrapBrokers = brokersOf(address).split(',');
  if (typeof address === 'string') return { bootstrapBrokers };
  const { tls, sasl } = address;
  return { bootstrapBrokers, ...(tls && { tls, tlsServerName: true }), ...(sasl && { sasl }) };
};

/** The client wraps what the broker says in errors of errors. */
export const reasonOf = (error: unknown): string => {
  const { errors, message } = error as Error & { errors?: unknown[] };
  return errors?.length ? reasonOf(errors[0]) : message;
};
