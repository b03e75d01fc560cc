import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { backoffMs } from '../service/backoff.ts';
import { type Applied, type ApplyOptions, applyBatch, isPermanent, rejectionOf } from './apply-batch.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { ReceivedMessage } from './message.ts';

export interface LaneOptions extends ApplyOptions {
  metrics: ConsumerMetrics;
  log: Logger;
  /** Called after each commit with the offset to go on from. */
  onCommitted: (nextOffset: number) => void;
}

/** The messages of one assigned partition, applied one batch after the other, in order. */
export interface Lane {
  push(messages: readonly ReceivedMessage[]): void;
  /** Messages received and not applied yet. */
  waiting(): number;
  /** The failure it is retrying, if it is. */
  trouble(): string | undefined;
  /** Drops what waits (the partition has another owner now) and lets the transaction under way end. */
  close(): Promise<void>;
}

const batchMax = 1_000;
const retry = { baseMs: 100, maxMs: 30_000 };

/**
 * While one batch is applied the next one gathers, so batches grow with the load. A passing failure is
 * retried for ever with exponential backoff and full jitter; a permanent one is bisected to the record
 * that causes it, which alone goes to the dead-letter topic.
 */
export const openLane = (options: LaneOptions): Lane => {
  const closing = new AbortController();
  const waiting: ReceivedMessage[] = [];
  let inHand = 0;
  let trouble: string | undefined;
  let working: Promise<void> | undefined;

  const work = async () => {
    while (waiting.length > 0 && !closing.signal.aborted) {
      const batch = waiting.splice(0, batchMax);
      inHand = batch.length;
      await applyAll(options, batch, closing.signal, (error) => {
        trouble = error;
      });
      inHand = 0;
    }
    working = undefined;
  };

  return {
    push: (messages) => {
      waiting.push(...messages);
      working ??= work();
    },
    waiting: () => waiting.length + inHand,
    trouble: () => trouble,
    close: async () => {
      closing.abort();
      waiting.length = 0;
      await working;
    },
  };
};

interface Chunk {
  messages: ReceivedMessage[];
  attempts: number;
}

const applyAll = async (
  options: LaneOptions,
  batch: ReceivedMessage[],
  signal: AbortSignal,
  report: (trouble: string | undefined) => void,
): Promise<void> => {
  const { metrics, log, projection, group } = options;
  const chunks: Chunk[] = [{ messages: batch, attempts: 0 }];
  for (let failures = 0; chunks[0] !== undefined && !signal.aborted; ) {
    const chunk: Chunk = chunks[0];
    const started = performance.now();
    try {
      const outcome = await applyChunk(options, chunk);
      if (outcome === 'split') {
        chunks.splice(0, 1, ...halves(chunk));
        continue;
      }
      chunks.shift();
      failures = 0;
      report(undefined);
      observe(options, outcome);
      metrics.processingDuration.observe(
        { topic: projection.topic.name, group },
        (performance.now() - started) / 1000,
      );
      const last = chunk.messages.at(-1);
      if (last) options.onCommitted(last.offset + 1);
    } catch (error) {
      metrics.processingErrors.inc();
      metrics.retries.inc();
      report((error as Error).message);
      const delayMs = backoffMs(failures++, retry);
      log.warn(
        { err: error, delayMs, topic: projection.topic.name },
        'cannot apply events now; trying again',
      );
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
};

/** Throws a passing failure; answers 'split' when the cause is somewhere among several messages. */
const applyChunk = async (options: LaneOptions, chunk: Chunk): Promise<Applied | 'split'> => {
  chunk.attempts += 1;
  try {
    return await applyBatch(options, chunk.messages, chunk.attempts);
  } catch (error) {
    if (!isPermanent(error)) throw error;
    options.metrics.processingErrors.inc();
    if (chunk.messages.length > 1) return 'split';
    const rejection = rejectionOf(error, chunk.attempts);
    options.log.error(
      { rejection, offset: chunk.messages[0]?.offset },
      'event goes to the dead-letter topic',
    );
    return applyBatch(options, chunk.messages, chunk.attempts, rejection);
  }
};

const halves = ({ messages, attempts }: Chunk): Chunk[] => {
  const middle = messages.length >> 1;
  return [
    { messages: messages.slice(0, middle), attempts },
    { messages: messages.slice(middle), attempts },
  ];
};

const observe = ({ metrics, projection, group }: LaneOptions, outcome: Applied): void => {
  const topic = projection.topic.name;
  metrics.consumed(topic, 'applied', outcome.applied.length);
  metrics.consumed(topic, 'repeated', outcome.repeated);
  metrics.consumed(topic, 'dead_lettered', outcome.deadLettered);
  metrics.deadLettered.inc(outcome.deadLettered);
  const now = Date.now();
  for (const { time } of outcome.applied)
    metrics.freshness.observe({ topic, group }, Math.max(0, now - time.getTime()) / 1000);
};
