import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { encodeEvent, type OutboxEvent } from '@souk/contracts/cloud-event.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import type { LogEnds, ProducerSession } from '../kafka/producer.ts';
import type { Logger } from '../log.ts';
import type { Sql } from '../postgres/database.ts';
import { wait } from '../service/backoff.ts';
import type { WakeSignal } from '../service/wake-signal.ts';
import { type Decided, readDecided } from './fence.ts';
import { advanceCursor, type Cursor, readCursor, readEvents, resetCursor } from './outbox-store.ts';
import type { relayMetrics } from './relay-metrics.ts';
import { publishSpans } from './relay-spans.ts';

export interface PublishLoopParts {
  topic: Topic;
  /** For events whose types they name. Of these it is not noticed when the broker has lost its log. */
  sideTopics: readonly Topic[];
  /** The leader's own connection. */
  sql: Sql;
  session: ProducerSession;
  wakeSignal: WakeSignal;
  metrics: ReturnType<typeof relayMetrics>;
  log: Logger;
  /** Ends the loop; the batches under way are finished, or published again by the next leader. */
  signal: AbortSignal;
  /** Called once it is known where to go on. */
  onReady: () => void;
  /** Called before every look at the outbox. */
  maintain: (sql: Sql) => Promise<void>;
  /** Called after every batch whose cursor is stored. */
  onProgress: () => void;
}

const pollIntervalMs = 100;
/** Between two looks that find events: each costs the broker and every consumer nearly as much as one of many events. */
const restMs = 5;
const relayBatchMax = 1_000;
const batchesInFlightMax = 4;
/** A batch with more waits for those before it: events are in memory until they are acknowledged. */
const largeBatchBytes = 4 * 1024 * 1024;

/** Publishes the outbox from its cursor on, strictly in the order of the numbers, until the signal or the first failure. */
export const publishLoop = async (parts: PublishLoopParts): Promise<void> => {
  const { sql, session, wakeSignal, signal } = parts;
  const ended = AbortSignal.any([signal, session.over]);
  session.over.addEventListener('abort', wakeSignal.notify);
  const cursor = await cursorOfThisLog(parts);
  const pipeline = createPipeline(parts, cursor);
  let sentId = cursor.lastId;
  parts.onReady();
  while (!signal.aborted) {
    await parts.maintain(sql);
    const decided = await readDecided(sql, { after: sentId, limit: relayBatchMax, signal: ended });
    let foundAny = false;
    for await (const events of readBatches(sql, decided)) {
      foundAny = true;
      await pipeline.check();
      await pipeline.send(events);
      if (signal.aborted) break;
    }
    sentId = decided.upTo;
    if (foundAny) await wait(restMs, ended);
    if (decided.isCut) wakeSignal.notify();
    await wakeSignal.wait(pollIntervalMs);
    if (!signal.aborted) session.over.throwIfAborted();
    await pipeline.check();
  }
  await pipeline.drained();
};

/** The batches of what is decided; Postgres reads the next one while the caller has one. */
async function* readBatches(
  sql: Sql,
  { upTo, events: first }: Decided,
): AsyncGenerator<readonly OutboxEvent[]> {
  let reading: Promise<OutboxEvent[]> | undefined;
  for (let events = first; events.length > 0; events = (await reading) ?? []) {
    reading =
      events.length < relayBatchMax
        ? undefined
        : readEvents(sql, { after: numberOfLast(events), fence: upTo, limit: relayBatchMax });
    reading?.catch(() => undefined);
    // The driver sends a query when the event loop turns.
    if (reading) await eventLoopTurn();
    yield events;
  }
}

const numberOfLast = (events: readonly OutboxEvent[]): number => Number(events.at(-1)?.sequence);

/**
 * Sends batches in the order given, each without waiting for the acknowledgement of the one before. The cursor follows
 * in the same order, so that it never moves over an event without acknowledgement. Rejects with the first failure.
 */
const createPipeline = (parts: PublishLoopParts, start: Cursor) => {
  const inFlight = [Promise.resolve(start)];
  const follow = async (before: Promise<Cursor> | undefined, published: Promise<Cursor>): Promise<Cursor> => {
    const [cursor, end] = await Promise.all([before, published]);
    const next = { lastId: end.lastId, logEnds: { ...cursor?.logEnds, ...end.logEnds } };
    await advanceCursor(parts.sql, next);
    parts.onProgress();
    return next;
  };
  return {
    send: async (events: readonly OutboxEvent[]): Promise<void> => {
      const stored = follow(inFlight.at(-1), publish(parts, events));
      stored.catch(() => undefined);
      inFlight.push(stored);
      const bytes = events.reduce((sum, { data }) => sum + data.length, 0);
      const max = bytes > largeBatchBytes ? 1 : batchesInFlightMax;
      while (inFlight.length > max) await inFlight.shift();
    },
    /** Rejects when a batch has failed, be it that its cursor could not be stored: each fails with the one before. */
    check: () => Promise.race([inFlight.at(-1), undefined]),
    drained: () => Promise.all(inFlight),
  };
};

/**
 * Returns where to go on. When the broker's log is shorter than what it once acknowledged, the log was
 * lost: everything retained is published again, and consumers skip what they have applied. Checked at
 * the start of every session, before anything is sent; a lost broker ends the session, so a broker that
 * comes back empty is always met by this check first.
 */
const cursorOfThisLog = async ({ topic, sql, session, log }: PublishLoopParts): Promise<Cursor> => {
  const cursor = await readCursor(sql);
  for (const [partition, acknowledgedOffset] of Object.entries(cursor.logEnds)) {
    const logEnd = await session.logEnd(topic.name, Number(partition));
    if (logEnd > acknowledgedOffset) continue;
    log.warn(
      { topic: topic.name, partition, logEnd, acknowledgedOffset },
      'the broker has lost its log: publishing the retained outbox again',
    );
    return resetCursor(sql);
  }
  return cursor;
};

/** Publishes one batch, each event on its topic; the answer is where it ends. */
const publish = async (parts: PublishLoopParts, events: readonly OutboxEvent[]): Promise<Cursor> => {
  const { topic, sideTopics } = parts;
  const byTopic = Map.groupBy(
    events,
    ({ type }) => sideTopics.find((side) => Object.hasOwn(side.events, type)) ?? topic,
  );
  const [logEnds = {}] = await Promise.all(
    [topic, ...sideTopics].map((to) => publishOn(to, byTopic.get(to) ?? [], parts)),
  );
  return { lastId: numberOfLast(events), logEnds };
};

const publishOn = async (
  topic: Topic,
  events: readonly OutboxEvent[],
  { session, metrics }: PublishLoopParts,
): Promise<LogEnds> => {
  if (events.length === 0) return {};
  const spans = publishSpans(topic.name, events);
  try {
    const logEnds = await session.publish(
      spans.events.map((event) => ({ topic: topic.name, ...encodeEvent(topic.source, event) })),
    );
    spans.end();
    metrics.sent.inc({ topic: topic.name }, events.length);
    return logEnds;
  } catch (error) {
    metrics.failedSends.inc({ topic: topic.name }, events.length);
    spans.end(error);
    throw error;
  }
};
