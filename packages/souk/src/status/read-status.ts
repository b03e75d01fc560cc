import { describeFetchError } from '@souk/client/retrying-fetch.ts';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { parseMetrics, type Sample, sumOf } from '@souk/importers/shop/prometheus-text.ts';
import type { ServiceUrls } from '@souk/importers/shop/service-urls.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { type DeadLetterGroup, groupDeadLetters } from '@souk/service-kit/dead-letters/dead-letter-groups.ts';
import { pendingDeadLetters } from '@souk/service-kit/dead-letters/read-dead-letters.ts';

/** What one service says of itself. Missing where it does not say. */
export interface ServiceStatus {
  service: ServiceName;
  url: string;
  /** `unreachable`: no answer, or one that is not a service's. */
  status: 'ok' | 'degraded' | 'down' | 'unreachable';
  /** Why it is unreachable. */
  problem?: string | undefined;
  version?: string | undefined;
  uptime_seconds?: number | undefined;
  waiting_for?: string | undefined;
  resident_memory_bytes?: number | undefined;
  dependencies?: Record<string, { status: string; error?: string }> | undefined;
  outbox?: OutboxStatus | undefined;
  consumer?: ConsumerStatus[] | undefined;
}

/** Of an owner. */
export interface OutboxStatus {
  pending: number;
  oldest_age_seconds: number;
  relay_leader: boolean;
}

/** Of one group on one topic. */
export interface ConsumerStatus {
  group: string;
  topic: string;
  /** Null when the service has no partition of the topic: then it does not know. */
  lag: number | null;
  /** Since the service started. */
  dead_letters: number;
}

export interface MeshStatus {
  /** The worst of the services': `down` when one is down or unreachable. */
  status: 'ok' | 'degraded' | 'down';
  services: ServiceStatus[];
  /** Those that wait, per topic and group. Missing when it is not known where Kafka is, or it does not answer. */
  pending_dead_letters?: DeadLetterGroup[];
}

/** /health takes up to a second for a dependency that does not answer. */
const timeoutMs = 3_000;

/**
 * Asks every service for its health and its metrics, and Kafka for the dead letters. Never rejects: what cannot be had
 * is said.
 */
export const readStatus = async (urls: ServiceUrls, brokers?: KafkaAddress): Promise<MeshStatus> => {
  const [services, deadLetters] = await Promise.all([
    Promise.all(serviceNames.map((name) => readService(name, urls[name]))),
    brokers === undefined ? undefined : pendingDeadLetters(brokers, {}).catch(() => undefined),
  ]);
  const is = (...wanted: string[]) => services.some(({ status }) => wanted.includes(status));
  return {
    status: is('down', 'unreachable') ? 'down' : is('degraded') ? 'degraded' : 'ok',
    services,
    ...(deadLetters && { pending_dead_letters: groupDeadLetters(deadLetters) }),
  };
};

const readService = async (service: ServiceName, url: string): Promise<ServiceStatus> => {
  try {
    const [health, metrics] = await Promise.all([readHealth(url), readMetrics(url)]);
    return { service, url, ...health, ...metrics };
  } catch (error) {
    return { service, url, status: 'unreachable', problem: describeFetchError(error, timeoutMs) };
  }
};

const readHealth = async (url: string) => {
  const response = await get(`${url}/health`);
  const report = (await response.json().catch(() => undefined)) as Partial<ServiceStatus> | undefined;
  if (!report?.status || !['ok', 'degraded', 'down'].includes(report.status))
    throw new Error(`/health answered ${response.status}, not as a service does`);
  const { status, version, uptime_seconds, waiting_for, dependencies } = report;
  return { status, version, uptime_seconds, waiting_for, dependencies };
};

const readMetrics = async (url: string) => {
  const response = await get(`${url}/metrics`);
  const samples = parseMetrics(await response.text());
  const consumer = consumerStatus(samples);
  return {
    resident_memory_bytes: sumOf(samples, 'process_resident_memory_bytes'),
    outbox: outboxStatus(samples),
    consumer: consumer.length === 0 ? undefined : consumer,
  };
};

const get = (url: string): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(timeoutMs) });

const outboxStatus = (samples: Sample[]): OutboxStatus | undefined => {
  const pending = sumOf(samples, 'outbox_pending');
  if (pending === undefined) return undefined;
  return {
    pending,
    oldest_age_seconds: sumOf(samples, 'outbox_oldest_age_seconds') ?? 0,
    relay_leader: (sumOf(samples, 'outbox_relay_leader') ?? 0) > 0,
  };
};

const consumerStatus = (samples: Sample[]): ConsumerStatus[] => {
  const consumed = samples.filter(({ name }) => name === 'kafka_messages_consumed_total');
  const lags = samples.filter(({ name }) => name === 'kafka_consumer_lag');
  const byTopic = Map.groupBy([...consumed, ...lags], ({ labels }) => `${labels.group}\n${labels.topic}`);
  return [...byTopic.values()].map((ofTopic) => {
    const { group = '', topic = '' } = ofTopic[0]?.labels ?? {};
    const deadLetters = ofTopic.filter(({ labels }) => labels.status === 'dead_lettered');
    return {
      group,
      topic,
      lag: sumOf(ofTopic, 'kafka_consumer_lag') ?? null,
      dead_letters: sumOf(deadLetters, 'kafka_messages_consumed_total') ?? 0,
    };
  });
};
