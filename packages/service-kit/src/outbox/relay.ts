import { setTimeout as sleep } from 'node:timers/promises';
import type { Topic } from '@souk/contracts/topic.ts';
import type { KafkaAddress } from '../config/encryption.ts';
import { kafkaFailure } from '../kafka/kafka-error.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Database } from '../postgres/database.ts';
import { backoffMs, waitUntil } from '../service/backoff.ts';
import { createWakeSignal } from '../service/wake-signal.ts';
import { outboxMaintenance } from './outbox-maintenance.ts';
import type { Backlog } from './outbox-store.ts';
import { relayMetrics } from './relay-metrics.ts';
import { serveTerm } from './relay-term.ts';

export interface RelayOptions {
  /** Of the service's own role; the relay opens a connection of its own, which holds the leader's lock. */
  databaseUrl: string;
  /** The service's pool, for the backlog gauges alone. */
  db: Database;
  brokers: KafkaAddress;
  /** The topic of this service's events. */
  topic: Topic;
  /** Further ones, for events whose types they name. */
  sideTopics?: readonly Topic[];
  log: Logger;
  metrics: Metrics;
  /** Told once a second what waits to be published. */
  onBacklog?: (backlog: Backlog) => void;
  /** How long published events are kept for a broker that loses its log. Default 7. */
  retentionDays?: number;
  /** How long the audit is kept. Default 90. */
  auditDays?: number;
}

export interface OutboxRelay {
  /** Runs until `stop`; failures are retried with backoff, without end. */
  start(): void;
  /**
   * Starts, and resolves once it publishes or stands by for a replica that does. Rejects with code KAFKA when
   * that takes more than 5 seconds; call it again then, it goes on in the background.
   */
  connect(signal: AbortSignal): Promise<void>;
  /** Call it after a commit that wrote events: the relay looks at once instead of at its next poll. */
  wake(): void;
  /** Finishes the batches under way if it can in 3 seconds, releases leadership. */
  stop(): Promise<void>;
  /** 'leader' publishes; 'standby' waits for the lock; 'waiting' has no broker or no database. */
  role(): RelayRole;
  /** For /health: throws while it is waiting. */
  check(): Promise<{ relay: RelayRole }>;
}

export type RelayRole = 'leader' | 'standby' | 'waiting';

const connectReportMs = 5_000;
const retry = { baseMs: 100, maxMs: 2_000 };

/**
 * Publishes the outbox: one leader per service, strictly in the order of the numbers, up to a fence
 * below which everything is decided. At least once: after a crash the same events go out again with the
 * same numbers. A delivery failure ends the producer's session, so no event overtakes an earlier one.
 */
export const outboxRelay = (options: RelayOptions): OutboxRelay => {
  const { log, topic, sideTopics = [], retentionDays = 7, auditDays = 90 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const wakeSignal = createWakeSignal(signal);
  const metrics = relayMetrics(
    options.metrics,
    [topic, ...sideTopics].map(({ name }) => name),
  );
  const maintain = outboxMaintenance(log, { retentionDays, auditDays });
  let role: RelayRole = 'waiting';
  let running: Promise<unknown> | undefined;
  const setRole = (next: RelayRole) => {
    if (next !== role) log.info({ role: next }, 'outbox relay');
    role = next;
    metrics.leader.set(next === 'leader' ? 1 : 0);
  };

  const run = async () => {
    let attempt = 0;
    const onProgress = () => {
      attempt = 0;
    };
    while (!signal.aborted) {
      try {
        await serveTerm({
          ...options,
          sideTopics,
          signal,
          wakeSignal,
          metrics,
          maintain,
          setRole,
          onProgress,
        });
      } catch (error) {
        if (signal.aborted) break;
        setRole('waiting');
        log.warn({ err: error }, 'outbox relay failed; it starts over from its cursor');
        await sleep(backoffMs(attempt++, retry), undefined, { signal }).catch(() => undefined);
      }
    }
    setRole('waiting');
  };

  const start = () => {
    running ??= Promise.all([run(), metrics.watchBacklog(options.db.sql, signal, options.onBacklog)]);
  };

  return {
    start,
    connect: async (given) => {
      start();
      const connected = await waitUntil(() => role !== 'waiting', {
        timeoutMs: connectReportMs,
        signal: given,
      });
      if (!connected && !given.aborted) throw kafkaFailure('the outbox relay is not connected yet');
    },
    wake: wakeSignal.notify,
    stop: async () => {
      stopping.abort();
      await running;
    },
    role: () => role,
    check: async () => {
      if (role === 'waiting') throw kafkaFailure('the outbox relay is not connected');
      return { relay: role };
    },
  };
};
