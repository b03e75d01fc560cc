import { setTimeout as sleep } from 'node:timers/promises';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { kafkaFailure } from '../kafka/kafka-error.ts';
import { receivedMessage } from '../kafka/message.ts';
import { producerMetrics } from '../kafka/producer-metrics.ts';
import { tablesChangeOf } from '../projection/known-tables.ts';
import { backoffMs, waitUntil } from '../service/backoff.ts';
import { type ConsumerMetrics, consumerMetrics } from './consumer-metrics.ts';
import {
  type ConsumerOptions,
  type ConsumerSession,
  openConsumerSession,
  sourcesOf,
} from './consumer-session.ts';
import { openDeadLetterSender } from './dead-letter-sender.ts';
import { createWatchdog } from './watchdog.ts';

export interface Consumption {
  start(): void;
  /**
   * Starts, and resolves once the group has given this member its partitions. Rejects with code KAFKA when
   * that takes more than 5 seconds; call it again then, it goes on in the background.
   */
  join(signal: AbortSignal): Promise<void>;
  /** Lets transactions under way end, commits offsets, leaves the group. */
  stop(): Promise<void>;
  /** True once the group has given this member its partitions, an empty share included. */
  joined(): boolean;
  /** Messages behind the end of the log; `retrying` is the failure that holds a partition up, for the log only. */
  status(): { lag: number; retrying?: string };
  /** Resolves once `prepare` has succeeded, or at the signal. Starts. */
  prepared(signal: AbortSignal): Promise<void>;
  /** For /health: throws what `prepare` threw last, until it succeeds. */
  checkPrepared(): Promise<void>;
  /** For /health: throws when no broker answers. `sequence_faults`: events refused for their number since the start. */
  check(): Promise<{ lag?: number; retrying?: boolean; sequence_faults?: number }>;
}

/** Few, so that what the client makes of them, a dozen objects each, is garbage again before V8 moves it. */
const readMax = 100;
const readWaitAfterFailureMs = 100;
const joinReportMs = 5_000;
const retry = { baseMs: 100, maxMs: 2_000 };

/**
 * Applies the messages of the subscriptions' topics, and of their retry topics. Offsets are committed after
 * the transaction and are only a hint where to start: what was applied is known by what is in Postgres.
 */
export const consume = (options: ConsumerOptions): Consumption => {
  const { brokers, group, subscriptions } = options;
  const topics = [...sourcesOf(group, subscriptions).keys()];
  const metrics = consumerMetrics(options.metrics, group, topics);
  const deadLetterTopics = subscriptions.map(({ topic }) => deadLetterTopic(topic, group));
  const sends = producerMetrics(options.metrics, deadLetterTopics);
  const deadLetters = openDeadLetterSender({ brokers, group, metrics: sends });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let session: ConsumerSession | undefined;
  let started = false;
  let preparation: { done: boolean; failure?: unknown } = { done: false };
  const prepare = async () => {
    try {
      await options.prepare?.();
      preparation = { done: true };
    } catch (failure) {
      preparation = { done: false, failure };
      throw failure;
    }
  };
  const start = () => {
    if (!started) running = run();
    started = true;
  };

  const run = async () => {
    for (let attempt = 0, stalls = 0; !stopping.signal.aborted; ) {
      try {
        session = await openConsumerSession({ ...options, prepare }, metrics, deadLetters.send);
        attempt = 0;
        const stalled = await readLoop(session, metrics, stopping.signal, () => {
          stalls = 0;
        });
        const reason = session.outdated();
        if (reason === 'projection_cleared' && options.beside) return options.beside.onEnded();
        if (reason) options.log.warn({ reason }, 'the tables have changed: reading on from what they hold');
        if (session.isUnanswered()) options.log.warn('no broker answers this client: opening another one');
        if (stalled) {
          options.log.error('the consumer makes no progress although there is work: opening it again');
          if (++stalls > 1)
            endProcess(new Error('the Kafka consumer stalled twice before it had everything'));
        }
      } catch (error) {
        if (options.beside && tablesChangeOf(error) === 'projection_cleared') return options.beside.onEnded();
        options.log.warn({ err: error }, 'the consumer failed; it joins its group again');
        await sleep(backoffMs(attempt++, retry), undefined, { signal: stopping.signal }).catch(
          () => undefined,
        );
      } finally {
        await session?.close();
        session = undefined;
      }
    }
  };

  return {
    start,
    join: async (signal) => {
      start();
      const joined = await waitUntil(() => session?.joined() ?? false, { timeoutMs: joinReportMs, signal });
      if (!joined && !signal.aborted) throw kafkaFailure('the group gives no partitions yet');
    },
    stop: async () => {
      stopping.abort();
      await running;
      await deadLetters.close();
    },
    joined: () => session?.joined() ?? false,
    status: () => session?.status() ?? { lag: 0 },
    prepared: async (signal) => {
      start();
      await waitUntil(() => preparation.done, { timeoutMs: Number.POSITIVE_INFINITY, signal });
    },
    checkPrepared: async () => {
      if (preparation.failure) throw preparation.failure;
    },
    check: async () => {
      // Then nobody has asked Kafka: `checkPrepared` says what is wrong.
      if (preparation.failure) return {};
      if (!session) throw kafkaFailure('not connected');
      await session.client.ping();
      const { lag, retrying } = session.status();
      const faults = metrics.sequenceFaultCount();
      return {
        lag,
        retrying: retrying !== undefined,
        ...(faults > 0 ? { sequence_faults: faults } : {}),
      };
    },
  };
};

/** Nobody catches it, so the process logs it and ends with status 1; whoever restarts it gets a fresh client. */
const endProcess = (error: Error): void => {
  setImmediate(() => {
    throw error;
  });
};

/**
 * Reads until the signal, a failure (thrown), a rebuild, silence of all brokers, the first message after an outage, or a
 * stall: then it answers true.
 */
const readLoop = async (
  session: ConsumerSession,
  metrics: ConsumerMetrics,
  signal: AbortSignal,
  onAllReceived: () => void,
): Promise<boolean> => {
  const watchdog = createWatchdog();
  while (!signal.aborted && !session.outdated() && !session.isUnanswered()) {
    await session.room();
    await session.client.followRebalances();
    const messages = await session.client.read(readMax).catch(async () => {
      // Brokers that are away come back; librdkafka reconnects by itself, and a new session begins with the first message.
      metrics.failedReceives.inc();
      await sleep(readWaitAfterFailureMs);
      return [];
    });
    metrics.received.inc(messages.length);
    if (messages.length > 0 && session.client.wasCutOff()) return false;
    const now = Date.now();
    session.push(messages.map((message) => receivedMessage(message, now)));
    const unread = session.observeLag();
    if (session.joined() && unread.size === 0) onAllReceived();
    if (watchdog.stalled(unread, messages.length === readMax)) return true;
  }
  return false;
};
