import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicPartition } from '@confluentinc/kafka-javascript';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/registry.ts';
import type { Database } from '../postgres/database.ts';
import { backoffMs, waitUntil } from '../service/backoff.ts';
import type { Projection } from './apply-batch.ts';
import { type ConsumerClient, openConsumerClient } from './consumer-client.ts';
import { type ConsumerMetrics, consumerMetrics } from './consumer-metrics.ts';
import { openDeadLetterSender } from './dead-letter-sender.ts';
import { kafkaFailure } from './kafka-error.ts';
import { type Lane, openLane } from './lane.ts';
import { receivedMessage } from './message.ts';
import { openWatchdog } from './watchdog.ts';

export interface ConsumeOptions {
  /** The consumer group: the service's name. */
  group: string;
  /** host:port, comma separated. */
  brokers: string;
  fetchWaitMaxMs: number;
  sessionTimeoutMs: number;
  projections: readonly Projection[];
  db: Database;
  metrics: Metrics;
  log: Logger;
  /** Called after every commit that may have changed the tables; also at an assignment, for another's commits. */
  onCommitted?: () => void;
}

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
  /** For /health: throws when no broker answers. */
  check(): Promise<{ lag: number; retrying: boolean }>;
}

const readMax = 1_000;
/** A lane that holds more is paused until it has applied half of it. */
const laneWaitingMax = 2_000;
const readWaitAfterFailureMs = 100;
const joinReportMs = 5_000;
const retry = { baseMs: 100, maxMs: 2_000 };

/**
 * Keeps the projections up to date. Offsets are committed after the projection's transaction and are
 * only a hint where to start: what was applied is known by the positions in Postgres.
 */
export const consume = (options: ConsumeOptions): Consumption => {
  const topics = options.projections.map(({ topic }) => topic.name);
  const metrics = consumerMetrics(options.metrics, options.group, topics);
  const letters = openDeadLetterSender(options.brokers, options.group);
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let session: Session | undefined;

  let started = false;
  const start = () => {
    if (!started) running = run();
    started = true;
  };

  const run = async () => {
    for (let attempt = 0, stalls = 0; !stopping.signal.aborted; ) {
      try {
        session = await openSession(options, metrics, letters.send);
        attempt = 0;
        const outcome = await readForEver(session, metrics, stopping.signal);
        if (outcome === 'stalled') {
          options.log.error('the consumer makes no progress although there is work: opening it anew');
          if (++stalls > 1) endProcess(new Error('the Kafka consumer stalled twice'));
        }
      } catch (error) {
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
      await letters.close();
    },
    joined: () => session?.joined() ?? false,
    status: () => session?.status() ?? { lag: 0 },
    check: async () => {
      if (!session) throw kafkaFailure('not connected');
      await session.client.ping();
      const { lag, retrying } = session.status();
      return { lag, retrying: retrying !== undefined };
    },
  };
};

/** Nobody catches it, so the process logs it and ends with status 1; whoever restarts it gets a fresh client. */
const endProcess = (error: Error): void => {
  setImmediate(() => {
    throw error;
  });
};

/** One membership of the group, with a lane for each assigned partition. */
interface Session {
  client: ConsumerClient;
  group: string;
  lanes: Map<string, AssignedLane>;
  joined(): boolean;
  status(): { lag: number; retrying?: string };
  close(): Promise<void>;
}

interface AssignedLane extends TopicPartition {
  lane: Lane;
  /** The offset behind the last message applied; undefined until the first. */
  nextOffset: number | undefined;
  paused: boolean;
}

const openSession = async (
  { brokers, group, fetchWaitMaxMs, sessionTimeoutMs, projections, db, log, onCommitted }: ConsumeOptions,
  metrics: ConsumerMetrics,
  sendDeadLetters: ReturnType<typeof openDeadLetterSender>['send'],
): Promise<Session> => {
  const lanes = new Map<string, AssignedLane>();
  let joined = false;
  const closing: Promise<void>[] = [];

  const assign = (partitions: TopicPartition[]) => {
    for (const { lane } of lanes.values()) closing.push(lane.close());
    lanes.clear();
    metrics.lag.reset();
    for (const { topic, partition } of partitions) {
      const projection = projections.find((candidate) => candidate.topic.name === topic);
      if (!projection) continue;
      const assigned: AssignedLane = {
        topic,
        partition,
        nextOffset: undefined,
        paused: false,
        lane: openLane({
          db,
          group,
          projection,
          sendDeadLetters,
          metrics,
          log: log.child({ topic, partition }),
          onCommitted: (nextOffset) => {
            assigned.nextOffset = nextOffset;
            client.commit(topic, partition, nextOffset);
            onCommitted?.();
          },
        }),
      };
      lanes.set(`${topic}/${partition}`, assigned);
    }
    joined = true;
    onCommitted?.();
    log.info({ partitions: partitions.length }, 'partitions assigned');
  };

  const topics = projections.map(({ topic }) => topic.name);
  const client: ConsumerClient = await openConsumerClient(
    { brokers, group, topics, fetchWaitMaxMs, sessionTimeoutMs },
    assign,
  );
  return {
    client,
    group,
    lanes,
    joined: () => joined,
    status: () => {
      const retrying = [...lanes.values()].map(({ lane }) => lane.trouble()).find(Boolean);
      const lag = [...lanes.values()].reduce((sum, assigned) => sum + (lagOf(client, assigned) ?? 0), 0);
      return retrying ? { lag, retrying } : { lag };
    },
    close: async () => {
      for (const { lane } of lanes.values()) closing.push(lane.close());
      await Promise.all(closing);
      await client.close();
    },
  };
};

/** Messages between what was applied and the end of the log; undefined while either is unknown. */
const lagOf = (client: ConsumerClient, assigned: AssignedLane): number | undefined => {
  const logEnd = client.logEnd(assigned.topic, assigned.partition);
  if (logEnd === undefined) return undefined;
  return assigned.nextOffset === undefined
    ? assigned.lane.waiting()
    : Math.max(0, logEnd - assigned.nextOffset);
};

/** Reads until the signal, a failure (thrown) or a stall. */
const readForEver = async (
  session: Session,
  metrics: ConsumerMetrics,
  signal: AbortSignal,
): Promise<'stopped' | 'stalled'> => {
  const { client, lanes } = session;
  const watchdog = openWatchdog();
  while (!signal.aborted) {
    const messages = await client.read(readMax).catch(async () => {
      // Brokers that are away come back; librdkafka reconnects by itself and the watchdog sees to the rest.
      metrics.failedReceives.inc();
      await sleep(readWaitAfterFailureMs);
      return [];
    });
    metrics.received.inc(messages.length);
    const now = Date.now();
    const byPartition = Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`);
    for (const [id, ofPartition] of byPartition)
      lanes.get(id)?.lane.push(ofPartition.map((message) => receivedMessage(message, now)));
    balance(client, lanes);
    const unread = observeLag(session, metrics);
    if (watchdog.stalled({ received: messages.length, unread })) return 'stalled';
  }
  return 'stopped';
};

/** Keeps the memory of a partition that cannot be applied bounded. */
const balance = (client: ConsumerClient, lanes: Map<string, AssignedLane>): void => {
  for (const assigned of lanes.values()) {
    const waiting = assigned.lane.waiting();
    if (!assigned.paused && waiting > laneWaitingMax) {
      client.pause([assigned]);
      assigned.paused = true;
    } else if (assigned.paused && waiting < laneWaitingMax / 2) {
      client.resume([assigned]);
      assigned.paused = false;
    }
  }
};

/** Sets the lag gauge and answers whether the log has messages that no lane has received. */
const observeLag = ({ client, lanes, group }: Session, metrics: ConsumerMetrics): boolean => {
  let unread = false;
  for (const assigned of lanes.values()) {
    const lag = lagOf(client, assigned);
    if (lag === undefined) continue;
    metrics.lag.set({ topic: assigned.topic, partition: String(assigned.partition), group }, lag);
    if (lag > assigned.lane.waiting() && !assigned.paused) unread = true;
  }
  return unread;
};
