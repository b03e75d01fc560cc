import type { Static, TObject } from '@souk/contracts/typebox.ts';
import type { kafkaConsumerEnv } from '../config/env-fields.ts';
import { type Consumption, consume } from '../consumer/consume.ts';
import type { ConsumerOptions } from '../consumer/consumer-session.ts';
import { type OutboxRelay, outboxRelay, type RelayOptions } from '../outbox/relay.ts';
import type { ServiceParts } from './parts.ts';

/**
 * Opens the relay that publishes the service's outbox on its topic, and on `sideTopics` the events whose types they
 * name. `dependency` is its name on /health: `outbox`,
 * or `kafka` in a service that does not consume.
 */
export const openRelay = (
  { config, db, load, kafka, log, metrics, health, startup, stops, waitsFor }: ServiceParts,
  {
    dependency,
    ...options
  }: Pick<RelayOptions, 'topic' | 'sideTopics' | 'auditDays'> & { dependency: 'outbox' | 'kafka' },
): OutboxRelay => {
  const relay = outboxRelay({
    databaseUrl: config.DATABASE_URL,
    db,
    brokers: kafka,
    ...options,
    log,
    metrics,
    onBacklog: ({ oldestAgeSeconds }) => load.outboxAge(oldestAgeSeconds),
  });
  stops.push(() => relay.stop());
  health.dependency(dependency, { check: relay.check, critical: true });
  startup.push({ waitsFor: waitsFor.kafka, start: relay.connect });
  return relay;
};

type ConsumerConfig = Static<TObject<typeof kafkaConsumerEnv>>;

/** Opens the consumer of the service's subscriptions, in the group of its name. */
export const openConsumer = (
  { name, db, beside, kafka, log, metrics, health, startup, stops, waitsFor, ...parts }: ServiceParts,
  config: ConsumerConfig,
  options: Pick<ConsumerOptions, 'subscriptions' | 'restMs' | 'onCommitted' | 'prepare'>,
): Consumption => {
  const consumption = consume({
    group: name,
    brokers: kafka,
    fetchWaitMaxMs: parts.config.KAFKA_FETCH_WAIT_MAX_MS,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    db,
    beside,
    metrics,
    log,
    ...options,
  });
  stops.push(() => consumption.stop());
  health.dependency('kafka', { check: consumption.check, critical: true });
  if (options.prepare) {
    health.dependency('projection', { check: consumption.checkPrepared, critical: true });
    startup.push({ waitsFor: 'tables that fit the settings', start: consumption.prepared });
  }
  startup.push({ waitsFor: waitsFor.kafka, start: consumption.join });
  return consumption;
};
