import { describeFetchError } from '@souk/client/retrying-fetch.ts';
import { figuresOf } from '@souk/console/server/read-mesh.ts';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { parseMetrics } from '@souk/importers/shop/prometheus-text.ts';
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
    const [health, figures] = await Promise.all([readHealth(url), readFigures(service, url)]);
    return { service, url, ...health, ...figures };
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

const readFigures = async (service: ServiceName, url: string) => {
  const response = await get(`${url}/metrics`);
  const { memory_bytes, outbox, consumers = [] } = figuresOf(parseMetrics(await response.text()));
  return {
    resident_memory_bytes: memory_bytes,
    outbox: outbox && {
      pending: outbox.pending,
      oldest_age_seconds: outbox.oldest_age_seconds,
      relay_leader: outbox.leader,
    },
    // Its group is called as the service.
    ...(consumers.length > 0 && {
      consumer: consumers.map(({ topic, lag, dead_lettered }) => ({
        group: service,
        topic,
        lag,
        dead_letters: dead_lettered,
      })),
    }),
  };
};

const get = (url: string): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
