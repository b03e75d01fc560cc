import { setTimeout as pause } from 'node:timers/promises';
import { serviceNames, services } from '@souk/contracts/services.ts';
import { parseMetrics, sumOf } from './prometheus-text.ts';
import type { ServiceUrls } from './service-urls.ts';

/** They make tables out of events, and nothing else. */
const projecting = serviceNames.filter((name) => !services[name].publishes);
const readTimeoutMs = 5_000;
const pollIntervalMs = 250;
/** The gauge of the outbox is renewed every second: zero has to be seen for longer than that to mean it. */
const zeroHeldMs = 2_000;

/**
 * How many events the slowest consumer is behind what the owners accepted: events still in the outboxes,
 * and those in Kafka that it has not applied. An order in Kafka that is not taken in yet counts as the events that
 * will come of it. Rejects when a service does not answer, or a consumer has no partitions.
 */
export const readBacklog = async (urls: ServiceUrls, eventsPerOrder = 1): Promise<number> => {
  const read = async (url: string, metric: string): Promise<number> => {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(readTimeoutMs) });
    if (!response.ok) throw new Error(`${url}/metrics answered ${response.status}`);
    const sum = sumOf(parseMetrics(await response.text()), metric);
    // A consumer outside its group has no lag to show: that is not none.
    if (sum === undefined) throw new Error(`${url} shows no ${metric}`);
    return sum;
  };
  const [users, products, orders, ...lags] = await Promise.all([
    read(urls.user, 'outbox_pending'),
    read(urls.product, 'outbox_pending'),
    read(urls.product, 'kafka_consumer_lag'),
    ...projecting.map((name) => read(urls[name], 'kafka_consumer_lag')),
  ]);
  return users + products + orders * eventsPerOrder + Math.max(...lags);
};

export interface FlowOptions {
  /** Events behind; may reject. */
  read: () => Promise<number>;
  /** More than this many events behind, the sender waits. */
  behindMax: number;
  /** Waiting fails when the backlog has not shrunk for so long. */
  stuckMaxMs: number;
  /** Told while it waits; undefined when it goes on. */
  onWait: (behind: number | undefined) => void;
}

export interface Flow {
  /** To be awaited before `count` more events are sent. Rejects when the consumers make no progress. */
  pass(count: number): Promise<void>;
  /** Resolves when all that was sent is applied, the milliseconds it took. Rejects as `pass` does. */
  drained(): Promise<number>;
}

/**
 * Keeps a sender from running far ahead of the consumers: a broker with little memory (the embedded one keeps 5 MiB
 * per partition) drops what was not read in time.
 */
export const createFlow = ({ read, behindMax, stuckMaxMs, onWait }: FlowOptions): Flow => {
  // The gauges are a little old, so the look comes well before the limit can have been passed.
  const lookEvery = behindMax / 4;
  let sinceLook = 0;
  let sent = 0;
  let looking: Promise<void> | undefined;

  const untilBehindAtMost = async (max: number, heldForMs: number): Promise<void> => {
    let smallest = Number.POSITIVE_INFINITY;
    let shrunkAt = performance.now();
    let heldSince: number | undefined;
    let failure: string | undefined;
    for (;;) {
      const behind = await read().catch((error: Error) => {
        failure = error.message;
        return undefined;
      });
      const now = performance.now();
      if (behind !== undefined && behind <= max) {
        heldSince ??= now;
        if (now - heldSince >= heldForMs) return;
      } else heldSince = undefined;
      if (behind !== undefined && behind < smallest) {
        smallest = behind;
        shrunkAt = now;
      }
      if (now - shrunkAt > stuckMaxMs) throw new Error(stuckMessage(behind, failure, stuckMaxMs));
      if (behind !== undefined && behind > max) onWait(behind);
      await pause(pollIntervalMs);
    }
  };

  const look = async () => {
    await untilBehindAtMost(behindMax, 0);
    onWait(undefined);
    sinceLook = 0;
    looking = undefined;
  };

  return {
    pass: async (count) => {
      sent += count;
      sinceLook += count;
      if (sinceLook < lookEvery) return;
      looking ??= look();
      await looking;
    },
    drained: async () => {
      const startedAt = performance.now();
      await untilBehindAtMost(0, sent === 0 ? 0 : zeroHeldMs);
      onWait(undefined);
      return performance.now() - startedAt - (sent === 0 ? 0 : zeroHeldMs);
    },
  };
};

const stuckMessage = (
  behind: number | undefined,
  failure: string | undefined,
  stuckMaxMs: number,
): string => {
  const what = behind === undefined ? `cannot be seen (${failure})` : `have stayed ${behind} events behind`;
  return `the consumers ${what} for ${stuckMaxMs / 1000} s: see souk status; the same command again goes on`;
};
