import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEvent, type OutboxEvent } from '@souk/contracts/cloud-event.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import { kafkaFailure } from '../kafka/kafka-error.ts';
import { type Acknowledged, openProducer, type ProducerSession } from '../kafka/producer.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Database, Sql } from '../postgres/database.ts';
import { backoffMs, waitUntil } from '../service/backoff.ts';
import { readFence } from './fence.ts';
import { openLeadership } from './leadership.ts';
import { maintainOutboxPartitions } from './outbox-partitions.ts';
import { type Cursor, readCursor, readEvents, storeCursor } from './outbox-store.ts';
import { relayMetrics } from './relay-metrics.ts';
import { publishSpans } from './relay-spans.ts';
import { createWakeSignal, type WakeSignal } from './wake-signal.ts';

export interface RelayOptions {
  /** Of the service's own role; the relay opens a connection of its own, which holds the leader's lock. */
  databaseUrl: string;
  /** The service's pool, for the backlog gauges alone. */
  db: Database;
  /** host:port, comma separated. */
  brokers: string;
  /** The one topic this service owns. */
  topic: Topic;
  log: Logger;
  metrics: Metrics;
  /** How long published events are kept for a broker that loses its log. Default 7. */
  retentionDays?: number;
}

export interface OutboxRelay {
  /** Runs until `stop`; failures are retried with backoff for ever. */
  start(): void;
  /**
   * Starts, and resolves once it publishes or stands by for a replica that does. Rejects with code KAFKA when
   * that takes more than 5 seconds; call it again then, it goes on in the background.
   */
  connect(signal: AbortSignal): Promise<void>;
  /** Call it after a commit that wrote events: the relay looks at once instead of at its next poll. */
  wake(): void;
  /** Finishes the batch under way, gives up leadership. */
  stop(): Promise<void>;
  /** 'leader' publishes; 'standby' waits for the lock; 'waiting' has no broker or no database. */
  role(): RelayRole;
  /** For /health: throws while it is waiting. */
  check(): Promise<{ relay: RelayRole }>;
}

export type RelayRole = 'leader' | 'standby' | 'waiting';

const pollIntervalMs = 100;
const standbyIntervalMs = 500;
const connectReportMs = 5_000;
const relayBatchMax = 1_000;
const maintenanceIntervalMs = 3_600_000;
const maintenanceRetryMs = 600_000;
/** How long a batch under way may go on after `stop`; it is published again by the next leader. */
const stopGraceMs = 3_000;
const retry = { baseMs: 100, maxMs: 2_000 };

/**
 * Publishes the outbox: one leader per service, strictly in the order of the numbers, up to a fence
 * below which everything is decided. At least once: after a crash the same events go out again with the
 * same numbers. A delivery failure ends the producer's session, so no event overtakes an earlier one.
 */
export const outboxRelay = (options: RelayOptions): OutboxRelay => {
  const { log } = options;
  const stopping = new AbortController();
  const wakeSignal = createWakeSignal(stopping.signal);
  const metrics = relayMetrics(options.metrics, options.topic.name);
  const maintenance = { dueAt: 0 };
  let role: RelayRole = 'waiting';
  let running: Promise<unknown> | undefined;
  const setRole = (next: RelayRole) => {
    if (next !== role) log.info({ role: next }, 'outbox relay');
    role = next;
    metrics.leader.set(next === 'leader' ? 1 : 0);
  };

  const run = async () => {
    for (let attempt = 0; !stopping.signal.aborted; ) {
      try {
        await lead(options, {
          signal: stopping.signal,
          wakeSignal,
          metrics,
          maintenance,
          setRole,
          onProgress: () => (attempt = 0),
        });
      } catch (error) {
        if (stopping.signal.aborted) break;
        setRole('waiting');
        log.warn({ err: error }, 'outbox relay failed; it starts over from its cursor');
        await sleep(backoffMs(attempt++, retry), undefined, { signal: stopping.signal }).catch(
          () => undefined,
        );
      }
    }
    setRole('waiting');
  };

  const start = () => {
    running ??= Promise.all([run(), metrics.watchBacklog(options.db.sql, stopping.signal)]);
  };

  return {
    start,
    connect: async (signal) => {
      start();
      const connected = await waitUntil(() => role !== 'waiting', { timeoutMs: connectReportMs, signal });
      if (!connected && !signal.aborted) throw kafkaFailure('the outbox relay is not connected yet');
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

interface Leading {
  signal: AbortSignal;
  wakeSignal: WakeSignal;
  metrics: ReturnType<typeof relayMetrics>;
  /** When the partitions are to be looked after again; it outlives a term. */
  maintenance: { dueAt: number };
  setRole: (role: RelayRole) => void;
  onProgress: () => void;
}

/** One term: from taking the lock to the first failure, or to the stop. */
const lead = async (options: RelayOptions, leading: Leading): Promise<void> => {
  const { signal, setRole } = leading;
  const leadership = openLeadership(options.databaseUrl, `souk:relay:${options.topic.name}`);
  try {
    while (!(await leadership.acquire())) {
      setRole('standby');
      await sleep(standbyIntervalMs, undefined, { signal });
    }
    // First, so that days have their partitions although Kafka is away.
    await maintainWhenDue(leadership.sql, options, leading.maintenance);
    const { topic, brokers } = options;
    const clientId = `souk-${topic.owner}-relay`;
    const session = await openProducer({ brokers, clientId, createTopics: false });
    const endSession = () => setTimeout(session.close, stopGraceMs).unref();
    signal.addEventListener('abort', endSession);
    try {
      await checkPartitions(session, topic);
      await publishLoop(options, leading, leadership.sql, session);
    } finally {
      signal.removeEventListener('abort', endSession);
      await session.close();
    }
  } finally {
    await leadership.release();
  }
};

/** The numbers of consumers are kept per partition: with other partitions they would skip events, or count them twice. */
const checkPartitions = async (session: ProducerSession, topic: Topic): Promise<void> => {
  const count = await session.partitions(topic.name);
  if (count !== topic.partitions)
    throw kafkaFailure(
      `${topic.name} has ${count} partitions, not ${topic.partitions} as the contracts want: see souk topics apply`,
    );
};

const publishLoop = async (
  options: RelayOptions,
  { signal, wakeSignal, metrics, maintenance, setRole, onProgress }: Leading,
  sql: Sql,
  session: ProducerSession,
): Promise<void> => {
  const { topic, log } = options;
  const ended = AbortSignal.any([signal, session.over]);
  session.over.addEventListener('abort', wakeSignal.notify);
  let cursor = await cursorOfThisLog(sql, session, topic, log);
  setRole('leader');
  while (!signal.aborted) {
    await maintainWhenDue(sql, options, maintenance);
    const fence = await readFence(sql, ended);
    for (let after = cursor.lastId; after < fence && !signal.aborted; ) {
      const events = await readEvents(sql, { after, fence, limit: relayBatchMax });
      if (events.length > 0) {
        cursor = await publish(topic, events, cursor, session, metrics);
        await storeCursor(sql, cursor);
        onProgress();
      }
      after = events.length < relayBatchMax ? fence : cursor.lastId;
    }
    await wakeSignal.wait(pollIntervalMs);
    if (!signal.aborted) session.over.throwIfAborted();
  }
};

/**
 * Looks after the partitions, once an hour. Whatever hinders it, such as a backup that holds the table or rows too many
 * to move in time, only puts it off, across terms as well: until then rows go to the default partition, and publishing
 * goes on.
 */
const maintainWhenDue = async (
  sql: Sql,
  { retentionDays = 7, log }: RelayOptions,
  maintenance: Leading['maintenance'],
): Promise<void> => {
  if (Date.now() < maintenance.dueAt) return;
  maintenance.dueAt = Date.now() + maintenanceRetryMs;
  try {
    await maintainOutboxPartitions(sql, { now: new Date(), retentionDays });
    maintenance.dueAt = Date.now() + maintenanceIntervalMs;
  } catch (error) {
    log.warn({ err: error }, 'the partitions of the outbox cannot be looked after now: they are later');
  }
};

/** Publishes one batch and returns the cursor behind it. */
const publish = async (
  topic: Topic,
  events: readonly OutboxEvent[],
  cursor: Cursor,
  session: ProducerSession,
  metrics: Leading['metrics'],
): Promise<Cursor> => {
  let acknowledged: Acknowledged[];
  const spans = publishSpans(topic.name, events);
  try {
    acknowledged = await session.publish(
      spans.events.map((event) => ({ topic: topic.name, ...encodeEvent(topic.source, event) })),
    );
  } catch (error) {
    metrics.failedSends.inc({ topic: topic.name }, events.length);
    spans.end(error);
    throw error;
  }
  spans.end();
  metrics.sent.inc({ topic: topic.name }, events.length);
  const logEnds = { ...cursor.logEnds };
  for (const { partition, offset } of acknowledged)
    logEnds[partition] = Math.max(offset, logEnds[partition] ?? offset);
  return { lastId: Number(events.at(-1)?.sequence), logEnds };
};

/**
 * Returns where to go on. When the broker's log is shorter than what it once acknowledged, the log was
 * lost: everything retained is published again, and consumers skip what they have applied. Checked at
 * the start of every session, before anything is sent; a lost broker ends the session, so a broker that
 * comes back empty is always met by this check first.
 */
const cursorOfThisLog = async (
  sql: Sql,
  session: ProducerSession,
  topic: Topic,
  log: Logger,
): Promise<Cursor> => {
  const cursor = await readCursor(sql);
  for (const [partition, acknowledgedOffset] of Object.entries(cursor.logEnds)) {
    const logEnd = await session.logEnd(topic.name, Number(partition));
    if (logEnd > acknowledgedOffset) continue;
    log.warn(
      { topic: topic.name, partition, logEnd, acknowledgedOffset },
      'the broker has lost its log: publishing the retained outbox again',
    );
    const fromTheStart = { lastId: 0, logEnds: {} };
    await storeCursor(sql, fromTheStart);
    return fromTheStart;
  }
  return cursor;
};
