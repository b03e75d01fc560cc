import { setTimeout as sleep } from 'node:timers/promises';
import { producerMetrics } from '../kafka/producer-metrics.ts';
import type { Metrics } from '../metrics.ts';
import type { Sql } from '../postgres/database.ts';
import { type Backlog, readBacklog } from './outbox-store.ts';

/** Counting further would cost more than the number is worth: the gauge stops here. */
const backlogCountMax = 100_000;
const backlogIntervalMs = 1_000;

/** The producer's and the outbox's metrics. */
export const relayMetrics = (metrics: Metrics, topics: readonly string[]) => {
  const { sent, failedSends } = producerMetrics(metrics, topics);
  const leader = metrics.gauge('outbox_relay_leader', '1 where this replica publishes the outbox');
  const pending = metrics.gauge(
    'outbox_pending',
    `Events not yet acknowledged, counted to ${backlogCountMax}`,
  );
  const oldestAge = metrics.gauge(
    'outbox_oldest_age_seconds',
    'Age of the oldest event not yet acknowledged',
  );

  /** Keeps the gauges, once a second, on every replica: the backlog is there whoever publishes. */
  const watchBacklog = async (
    sql: Sql,
    signal: AbortSignal,
    onBacklog?: (backlog: Backlog) => void,
  ): Promise<void> => {
    while (!signal.aborted) {
      try {
        const backlog = await readBacklog(sql, backlogCountMax);
        pending.set(backlog.pending);
        oldestAge.set(backlog.oldestAgeSeconds);
        onBacklog?.(backlog);
      } catch {
        // Postgres is away: the gauges keep their last value, and its own metrics tell.
      }
      await sleep(backlogIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  };
  return { sent, failedSends, leader, watchBacklog };
};
