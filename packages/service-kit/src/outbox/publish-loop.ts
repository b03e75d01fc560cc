import { encodeEvent, type OutboxEvent } from '@souk/contracts/cloud-event.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import type { Acknowledged, ProducerSession } from '../kafka/producer.ts';
import type { Logger } from '../log.ts';
import type { Sql } from '../postgres/database.ts';
import { readFence } from './fence.ts';
import { type Cursor, readCursor, readEvents, storeCursor } from './outbox-store.ts';
import type { relayMetrics } from './relay-metrics.ts';
import { publishSpans } from './relay-spans.ts';
import type { WakeSignal } from './wake-signal.ts';

export interface PublishLoopParts {
  topic: Topic;
  /** The leader's own connection. */
  sql: Sql;
  session: ProducerSession;
  wakeSignal: WakeSignal;
  metrics: ReturnType<typeof relayMetrics>;
  log: Logger;
  /** Ends the loop behind the batch under way. */
  signal: AbortSignal;
  /** Called once it is known where to go on. */
  onReady: () => void;
  /** Called before every look at the outbox. */
  maintain: (sql: Sql) => Promise<void>;
  /** Called after every batch whose cursor is stored. */
  onProgress: () => void;
}

const pollIntervalMs = 100;
const relayBatchMax = 1_000;

/** Publishes the outbox from its cursor on, strictly in the order of the numbers, until the signal or the first failure. */
export const publishLoop = async (parts: PublishLoopParts): Promise<void> => {
  const { sql, session, wakeSignal, signal } = parts;
  const ended = AbortSignal.any([signal, session.over]);
  session.over.addEventListener('abort', wakeSignal.notify);
  let cursor = await cursorOfThisLog(parts);
  parts.onReady();
  while (!signal.aborted) {
    await parts.maintain(sql);
    const fence = await readFence(sql, ended);
    for (let after = cursor.lastId; after < fence && !signal.aborted; ) {
      const events = await readEvents(sql, { after, fence, limit: relayBatchMax });
      if (events.length > 0) {
        cursor = await publish(parts, events, cursor);
        await storeCursor(sql, cursor);
        parts.onProgress();
      }
      after = events.length < relayBatchMax ? fence : cursor.lastId;
    }
    await wakeSignal.wait(pollIntervalMs);
    if (!signal.aborted) session.over.throwIfAborted();
  }
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
    const fromTheStart = { lastId: 0, logEnds: {} };
    await storeCursor(sql, fromTheStart);
    return fromTheStart;
  }
  return cursor;
};

/** Publishes one batch and returns the cursor behind it. */
const publish = async (
  { topic, session, metrics }: PublishLoopParts,
  events: readonly OutboxEvent[],
  cursor: Cursor,
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
