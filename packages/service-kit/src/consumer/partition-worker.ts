import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesOf, type ReceivedMessage } from '../kafka/message.ts';
import type { Logger } from '../log.ts';
import { isTooLong } from '../postgres/errors.ts';
import { isClearedError } from '../projection/generation.ts';
import { backoffMs, defaultBackoff } from '../service/backoff.ts';
import { type ApplyOptions, applyBatch, isPermanent } from './apply-batch.ts';
import type { Applied } from './batch.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import { inConsumerSpan, publisherOf } from './consumer-spans.ts';
import { refusalOf } from './dead-letter.ts';
import { sequenceFault } from './outcome.ts';

export interface PartitionWorkerOptions extends ApplyOptions {
  metrics: ConsumerMetrics;
  log: Logger;
  /** Called after each commit with the offset to go on from. */
  onCommitted: (nextOffset: number) => void;
  /** Called when the tables turn out to be of another generation; the partition worker applies nothing more. */
  onCleared?: (() => void) | undefined;
}

/** The messages of one assigned partition, applied one batch after the other, in order. */
export interface PartitionWorker {
  push(messages: readonly ReceivedMessage[]): void;
  /** Messages received and not applied yet, and their bytes. */
  waiting(): { messages: number; bytes: number };
  /** The failure it is retrying, if it is. */
  retryingError(): string | undefined;
  /** Drops what waits (the partition has another owner now) and lets the transaction under way end. */
  close(): Promise<void>;
}

const batchMax = 1_000;
/** A batch ends with the message that reaches it. */
const batchBytesMax = 4 * 1024 * 1024;

/**
 * While one batch is applied the next one gathers, so batches grow with the load. A transient failure is
 * retried without limit, with exponential backoff and full jitter; a permanent one is bisected to the record
 * that causes it, which alone goes to the dead-letter topic.
 */
export const openPartitionWorker = (options: PartitionWorkerOptions): PartitionWorker => {
  const closing = new AbortController();
  const queue: ReceivedMessage[] = [];
  let held = { messages: 0, bytes: 0 };
  let retryingError: string | undefined;
  let working: Promise<void> | undefined;

  const work = async () => {
    while (queue.length > 0 && !closing.signal.aborted) {
      const batch = queue.splice(0, batchLength(queue));
      await applyAll(options, batch, closing, (error) => {
        retryingError = error;
      });
      held = { messages: held.messages - batch.length, bytes: held.bytes - bytesOfAll(batch) };
    }
    working = undefined;
  };

  return {
    push: (messages) => {
      queue.push(...messages);
      held = { messages: held.messages + messages.length, bytes: held.bytes + bytesOfAll(messages) };
      working ??= work();
    },
    waiting: () => held,
    retryingError: () => retryingError,
    close: async () => {
      closing.abort();
      queue.length = 0;
      await working;
    },
  };
};

const bytesOfAll = (messages: readonly ReceivedMessage[]): number =>
  messages.reduce((sum, message) => sum + bytesOf(message), 0);

const batchLength = (queue: readonly ReceivedMessage[]): number => {
  let bytes = 0;
  const full = queue.findIndex((message, index) => {
    bytes += bytesOf(message);
    return index === batchMax - 1 || bytes >= batchBytesMax;
  });
  return full === -1 ? queue.length : full + 1;
};

interface Chunk {
  messages: ReceivedMessage[];
  /** Tries that a transient failure ended. Looking for the record at fault is all one try. */
  failures: number;
  /** The trace of the last try, for the log. */
  traceId?: string | undefined;
}

const applyAll = async (
  options: PartitionWorkerOptions,
  batch: ReceivedMessage[],
  closing: AbortController,
  report: (retryingError: string | undefined) => void,
): Promise<void> => {
  const { metrics, log } = options;
  const { signal } = closing;
  const chunks: Chunk[] = [{ messages: batch, failures: 0 }];
  for (let chunk = chunks[0]; chunk !== undefined && !signal.aborted; chunk = chunks[0]) {
    const started = performance.now();
    try {
      const outcome = await applyChunk(options, chunk);
      chunks.shift();
      if (outcome === 'split') {
        chunks.unshift(...halves(chunk));
        continue;
      }
      report(undefined);
      observe(options, chunk, outcome, started);
      options.onCommitted((chunk.messages.at(-1) as ReceivedMessage).offset + 1);
    } catch (error) {
      if (isClearedError(error)) {
        closing.abort();
        options.onCleared?.();
        return;
      }
      metrics.processingErrors.inc();
      report((error as Error).message);
      const delayMs = backoffMs(chunk.failures++, defaultBackoff);
      if (isTooLong(error) && chunk.messages.length > 1) chunks.splice(0, 1, ...halves(chunk));
      log.warn({ err: error, delayMs, trace_id: chunk.traceId }, 'cannot apply messages now; trying again');
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) metrics.retries.inc();
    }
  }
};

/** Throws a transient failure; answers 'split' when the cause is somewhere among several messages. */
const applyChunk = async (options: PartitionWorkerOptions, chunk: Chunk): Promise<Applied | 'split'> => {
  const { messages, failures } = chunk;
  try {
    return await inConsumerSpan(options.group, messages, (traceId) => {
      chunk.traceId = traceId;
      return applyBatch(options, messages, failures + 1);
    });
  } catch (error) {
    if (!isPermanent(error)) throw error;
    if (messages.length > 1) return 'split';
    return applyBatch(options, messages, failures + 1, refusalOf(error));
  }
};

const halves = ({ messages, failures }: Chunk): Chunk[] => {
  const middle = messages.length >> 1;
  return [
    { messages: messages.slice(0, middle), failures },
    { messages: messages.slice(middle), failures },
  ];
};

const observe = (
  { metrics, group, log }: PartitionWorkerOptions,
  { messages }: Chunk,
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
      { id, offset: message.offset, refusal, trace_id: publisherOf(message)?.traceId },
      'a message was refused: it is in the dead-letter topic',
    );
  }
};
