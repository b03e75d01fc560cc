import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { Logger } from '../log.ts';
import { isTooLong } from '../postgres/errors.ts';
import { type TablesChange, tablesChangeOf } from '../projection/known-tables.ts';
import { backoffMs, defaultBackoff } from '../service/backoff.ts';
import { type ApplyOptions, applyBatch, isPermanent } from './apply-batch.ts';
import type { Applied } from './batch.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import { inConsumerSpan, publisherOf } from './consumer-spans.ts';
import { refusalOf } from './dead-letter.ts';
import { sequenceFault } from './outcome.ts';

export interface RetryOptions extends ApplyOptions {
  metrics: ConsumerMetrics;
  log: Logger;
  /** Called after each commit with its messages, and with those of each partition in the order of its log. */
  onCommitted: (messages: readonly ReceivedMessage[]) => void;
  /** Called when the tables turn out to be others; nothing more is applied then. */
  onTablesChanged?: ((change: TablesChange) => void) | undefined;
}

interface Chunk {
  messages: readonly ReceivedMessage[];
  /** Tries that a transient failure ended. Looking for the record at fault is all one try. */
  failures: number;
}

/** What to try next, after a try that failed. */
export interface Failed {
  /** In order; each of one partition. */
  parts: readonly Chunk[];
  /** The failure was transient: they are tried after a pause. */
  retry?: { reason: string; delayMs: number };
}

/**
 * Tries to apply messages of one topic in one transaction; undefined when that is done. When it fails, partitions go on
 * apart: one that cannot be applied costs the others this one try. A permanent failure in one partition halves it.
 */
export const tryToApply = async (
  options: RetryOptions,
  closing: AbortController,
  chunk: Chunk,
): Promise<Failed | undefined> => {
  const { metrics, log, onCommitted, onTablesChanged } = options;
  const { messages, failures } = chunk;
  const started = performance.now();
  let trace_id: string | undefined;
  try {
    const applied = await inConsumerSpan(options.group, messages, (traceId) => {
      trace_id = traceId;
      return applyBatch(options, messages, failures + 1);
    }).catch((error: unknown) => {
      if (!isPermanent(error) || messages.length > 1) throw error;
      return applyBatch(options, messages, failures + 1, refusalOf(error));
    });
    observe(options, messages, applied, started);
    onCommitted(messages);
    return undefined;
  } catch (error) {
    const change = tablesChangeOf(error);
    if (change) {
      closing.abort();
      onTablesChanged?.(change);
      return undefined;
    }
    if (isPermanent(error) && messages.length > 1) return { parts: split(chunk) };
    metrics.processingErrors.inc();
    const delayMs = backoffMs(failures, defaultBackoff);
    log.warn({ err: error, delayMs, trace_id }, 'cannot apply messages now; trying again');
    const next = { messages, failures: failures + 1 };
    const isSplit = (isTooLong(error) && messages.length > 1) || !isOfOnePartition(messages);
    return {
      parts: isSplit ? split(next) : [next],
      retry: { reason: (error as Error).message, delayMs },
    };
  }
};

/**
 * Goes on with one partition until each message has an outcome. A transient failure is retried without limit, with
 * exponential backoff and full jitter; a permanent one is bisected to the record that causes it, which alone goes to the
 * dead-letter topic. `report` is told what it is retrying for. Resolves early when it is closed.
 */
export const applyUntilDone = async (
  options: RetryOptions,
  closing: AbortController,
  { parts: chunks, retry }: Failed,
  report: (reason: string | undefined) => void,
): Promise<void> => {
  const { signal } = closing;
  while (!signal.aborted) {
    report(retry?.reason);
    if (retry) {
      await sleep(retry.delayMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      options.metrics.retries.inc();
    }
    const [chunk, ...rest] = chunks;
    if (!chunk) return;
    const failed = await tryToApply(options, closing, chunk);
    chunks = [...(failed?.parts ?? []), ...rest];
    retry = failed?.retry;
  }
};

const isOfOnePartition = (messages: readonly ReceivedMessage[]): boolean =>
  messages.every(({ partition }) => partition === messages[0]?.partition);

/** Into partitions where there are several, else in halves. */
const split = ({ messages, failures }: Chunk): Chunk[] => {
  const byPartition = [...Map.groupBy(messages, ({ partition }) => partition).values()];
  const middle = messages.length >> 1;
  const parts = byPartition.length > 1 ? byPartition : [messages.slice(0, middle), messages.slice(middle)];
  return parts.map((part) => ({ messages: part, failures }));
};

const observe = (
  { metrics, group, log }: RetryOptions,
  messages: readonly ReceivedMessage[],
  { applied, repeated, rejected, sourceTimesMs }: Applied,
  started: number,
): void => {
  const { topic } = messages[0] as ReceivedMessage;
  metrics.consumed(topic, 'applied', applied);
  metrics.consumed(topic, 'repeated', repeated);
  metrics.consumed(topic, 'dead_lettered', rejected.length);
  metrics.deadLettered.inc(rejected.length);
  metrics.processingErrors.inc(rejected.length);
  metrics.processingDuration.observe({ topic, group }, (performance.now() - started) / 1000);
  const now = Date.now();
  for (const time of sourceTimesMs)
    metrics.freshness.observe({ topic, group }, Math.max(0, now - time) / 1000);
  for (const { id, message, refusal } of rejected) {
    const reason = sequenceFault(refusal);
    if (reason) metrics.sequenceRefused(topic, reason);
    log.error(
      {
        id,
        partition: message.partition,
        offset: message.offset,
        refusal,
        trace_id: publisherOf(message)?.traceId,
      },
      'a message was refused: it is in the dead-letter topic',
    );
  }
};
