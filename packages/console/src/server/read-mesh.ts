import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { parseMetrics, type Sample, sumOf } from '@souk/importers/shop/prometheus-text.ts';
import { isProblem } from '@souk/service-kit/problem.ts';
import type { MeshCalls } from './mesh-calls.ts';

/** What the services say of themselves at one moment: counters since each began, from which the page makes rates. */
export interface MeshState {
  /** When it was read, Unix milliseconds. */
  at: number;
  services: ServiceState[];
}

export interface ServiceState {
  service: ServiceName;
  /** `unreachable`: no answer, or none of a service. `hidden`: it answers, but does not tell this viewer. */
  status: 'ok' | 'degraded' | 'down' | 'unreachable' | 'hidden';
  /** Why it is unreachable. */
  problem?: string;
  version?: string | undefined;
  uptime_seconds?: number | undefined;
  waiting_for?: string | undefined;
  dependencies?: Record<string, { status: string; error?: string }> | undefined;
  /** When the process began whose counters these are, Unix seconds: of replicas, another one may answer each time. */
  started_at?: number | undefined;
  memory_bytes?: number | undefined;
  requests?: { answered: number; failed: number };
  outbox?: { pending: number; oldest_age_seconds: number; leader: boolean } | undefined;
  /** Messages sent to Kafka, by topic. */
  sent?: Record<string, number>;
  consumers?: ConsumerState[];
}

export interface ConsumerState {
  topic: string;
  applied: number;
  repeated: number;
  dead_lettered: number;
  /** In messages; null where this replica has no partition of the topic. */
  lag: number | null;
  /** From the commit at the source to the commit in the projection: how many were measured, their sum in seconds. */
  freshness: { count: number; sum: number };
}

/** Asks every service. Never rejects: what cannot be had is said. */
export const readMesh = async (calls: MeshCalls, headers: Record<string, string>): Promise<MeshState> => ({
  services: await Promise.all(serviceNames.map((name) => readService(calls, name, headers))),
  at: Date.now(),
});

const readService = async (
  calls: MeshCalls,
  service: ServiceName,
  headers: Record<string, string>,
): Promise<ServiceState> => {
  try {
    const [health, metrics] = await Promise.all([
      calls.operators(service, '/health', headers),
      calls.operators(service, '/metrics', headers),
    ]);
    if (health.status === 401 || health.status === 403) return { service, status: 'hidden' };
    const figures = metrics.status === 200 ? figuresOf(parseMetrics(metrics.text)) : {};
    return { service, ...healthOf(health), ...figures };
  } catch (error) {
    return {
      service,
      status: 'unreachable',
      problem: isProblem(error) ? error.message : 'no answer of a service',
    };
  }
};

const healthOf = ({ text }: { text: string }): Omit<ServiceState, 'service'> => {
  const report = JSON.parse(text) as ServiceState;
  if (!['ok', 'degraded', 'down'].includes(report.status)) throw new Error('no report of a service');
  const { status, version, uptime_seconds, waiting_for, dependencies } = report;
  return { status, version, uptime_seconds, waiting_for, dependencies };
};

/** What a scrape says, as far as the page shows it. */
export const figuresOf = (samples: readonly Sample[]): Partial<ServiceState> => {
  const requests = samples.filter(
    ({ name, labels }) => name === 'http_requests_total' && !probes.has(labels.route ?? ''),
  );
  const pending = sumOf(samples, 'outbox_pending');
  const sent = samples.filter(({ name }) => name === 'kafka_messages_sent_total');
  return {
    started_at: sumOf(samples, 'process_start_time_seconds'),
    memory_bytes: sumOf(samples, 'process_resident_memory_bytes'),
    requests: {
      answered: sum(requests),
      failed: sum(requests.filter(({ labels }) => labels.status?.startsWith('5'))),
    },
    outbox:
      pending === undefined
        ? undefined
        : {
            pending,
            oldest_age_seconds: sumOf(samples, 'outbox_oldest_age_seconds') ?? 0,
            leader: (sumOf(samples, 'outbox_relay_leader') ?? 0) > 0,
          },
    sent: Object.fromEntries(sent.map(({ labels, value }) => [labels.topic ?? '', value])),
    consumers: consumersOf(samples),
  };
};

/** Whoever asks these wants a no while the service starts. */
const probes = new Set(['/live', '/ready', '/health', '/metrics']);

const consumersOf = (samples: readonly Sample[]): ConsumerState[] => {
  const named = ['kafka_messages_consumed_total', 'kafka_consumer_lag', 'event_freshness_seconds'];
  const ofConsumers = samples.filter(({ name }) => named.some((wanted) => name.startsWith(wanted)));
  const byTopic = Map.groupBy(ofConsumers, ({ labels }) => labels.topic ?? '');
  return [...byTopic].map(([topic, found]) => {
    const consumed = (status: string) =>
      sum(found.filter(({ name, labels }) => name === named[0] && labels.status === status));
    return {
      topic,
      applied: consumed('applied'),
      repeated: consumed('repeated'),
      dead_lettered: consumed('dead_lettered'),
      lag: sumOf(found, 'kafka_consumer_lag') ?? null,
      freshness: {
        count: sumOf(found, 'event_freshness_seconds_count') ?? 0,
        sum: sumOf(found, 'event_freshness_seconds_sum') ?? 0,
      },
    };
  });
};

const sum = (samples: readonly Sample[]): number => samples.reduce((total, { value }) => total + value, 0);
