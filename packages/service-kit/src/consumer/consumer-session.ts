import { performance } from 'node:perf_hooks';
import type { Assignment, TopicPartition } from '@confluentinc/kafka-javascript';
import { retryTopic } from '@souk/contracts/topic.ts';
import pLimit from 'p-limit';
import type { KafkaAddress } from '../config/encryption.ts';
import { type ConsumerClient, openConsumerClient } from '../kafka/consumer-client.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Database } from '../postgres/database.ts';
import type { BuildBeside } from '../projection/beside.ts';
import { type TablesChange, tablesChanged, watchTables } from '../projection/known-tables.ts';
import type { Subscription } from '../projection/subscription.ts';
import { createWakeSignal } from '../service/wake-signal.ts';
import type { RetryOptions } from './apply-until-done.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { DeadLetterSender } from './dead-letter-sender.ts';
import { type AssignedPartition, askForEnds, lagOf, observeLag } from './lag.ts';
import { type Start, startsOf } from './start-offsets.ts';
import { openTopicWorker, type TopicWorker } from './topic-worker.ts';

/** Nothing is read while so many messages or bytes wait, of all partitions that are not paused. */
const waitingMax = { messages: 2_500, bytes: 8 * 1024 * 1024 };
/** Then reading goes on all the same: what waits may all be of partitions that cannot be applied now. */
const roomWaitMs = 100;
/** A partition with more than that is paused until half of it is applied. */
const partitionWaitingMax = { messages: 3_000, bytes: 8 * 1024 * 1024 };
/** Connections of the pool that consuming leaves to requests and probes, whatever its transactions wait for. */
const connectionsForOthers = 2;
/** The pause between two rounds of asking the broker for the ends of the logs. */
const endIntervalMs = 5_000;

export interface ConsumerOptions {
  /** The consumer group: the service's name. */
  group: string;
  brokers: KafkaAddress;
  fetchWaitMaxMs: number;
  sessionTimeoutMs: number;
  subscriptions: readonly Subscription[];
  /** For so long after each transaction messages gather; for as long as it took unless given. */
  restMs?: number | undefined;
  db: Database;
  metrics: Metrics;
  log: Logger;
  /** The tables are built beside those in use: read by a group of its own, until they are switched or dropped. */
  beside?: BuildBeside | undefined;
  /** Called after every commit that may have changed the tables; also at an assignment, for another's commits. */
  onCommitted?: () => void;
  /** Called before anything is applied, at the start and again after a rebuild has cleared the tables. */
  prepare?: () => Promise<void>;
}

/** One membership of the group, with a worker for each topic of which partitions are assigned. */
export interface ConsumerSession {
  client: ConsumerClient;
  /** True once partitions were assigned, an empty share included. */
  joined(): boolean;
  /** How the tables have become others than this session knows: then another one must read on from them. */
  outdated(): TablesChange | undefined;
  /** True once nobody has answered a question: the brokers are away, or this client has lost them for good. */
  isUnanswered(): boolean;
  /** Resolves when there is room for another read, or after 100 ms. */
  room(): Promise<void>;
  /** Hands what was read to the workers, and pauses and resumes their partitions. */
  push(messages: readonly ReceivedMessage[]): void;
  /** Sets the lag gauge, and gives the partitions that have not received everything: see Watchdog. */
  observeLag(): ReadonlyMap<string, number>;
  status(): { lag: number; retrying?: string };
  close(): Promise<void>;
}

type Source = Pick<RetryOptions, 'subscription' | 'replayed'>;

/** The topics of a group by name: those of the subscriptions, and for each the one of its dead letters sent again. */
export const sourcesOf = (
  group: string,
  subscriptions: readonly Subscription[],
): ReadonlyMap<string, Source> =>
  new Map(
    subscriptions.flatMap((subscription): [string, Source][] => [
      [subscription.topic, { subscription, replayed: false }],
      [retryTopic(subscription.topic, group), { subscription, replayed: true }],
    ]),
  );

/**
 * Joins the group; partitions come with the first reads. Rejects when no broker answers. Whatever was cleared
 * before `prepare` runs is read from the beginning.
 */
export const openConsumerSession = async (
  options: ConsumerOptions,
  metrics: ConsumerMetrics,
  sendDeadLetters: DeadLetterSender['send'],
): Promise<ConsumerSession> => {
  const { group, subscriptions, restMs, db, log, onCommitted, beside } = options;
  const positioned = subscriptions.some((subscription) => subscription.positioned);
  const watch = positioned ? await watchTables(db) : undefined;
  if (beside && watch?.known.generation !== beside.generation()) throw tablesChanged('projection_cleared');
  await options.prepare?.();
  const sources = sourcesOf(group, subscriptions);
  const inTurn = pLimit(Math.max(1, db.poolMax - connectionsForOthers));
  const isPositioned = ({ topic }: TopicPartition) => sources.get(topic)?.subscription.positioned ?? false;
  const assignments = new Map<string, AssignedPartition>();
  let joined = false;
  let askForEndsAt = performance.now() + endIntervalMs;
  let isUnanswered = false;
  const workers: TopicWorker[] = [];
  const revoked = new WeakSet<TopicWorker>();
  const closing: Promise<void>[] = [];
  const progress = createWakeSignal(new AbortController().signal);

  const openAssigned = (topic: string, source: Source, starts: readonly Start[]) => {
    const own = new Map<number, AssignedPartition>();
    const worker = openTopicWorker({
      db,
      group,
      restMs,
      ...source,
      known: watch?.known,
      beside,
      sendDeadLetters,
      inTurn,
      metrics,
      log: log.child({ topic }),
      onCommitted: (messages) => {
        const ends = new Map(messages.map(({ partition, offset }) => [partition, offset + 1]));
        // Otherwise the brokers may have lost the log since, and this offset would hide what is before it in the new one.
        if (!revoked.has(worker) && !client.wasCutOff())
          client.commit([...ends].map(([partition, offset]) => ({ topic, partition, offset })));
        for (const [partition, offset] of ends) (own.get(partition) as AssignedPartition).nextOffset = offset;
        progress.notify();
        onCommitted?.();
      },
      onTablesChanged: watch?.reportChange,
    });
    workers.push(worker);
    for (const { partition, from, position, logEnd } of starts) {
      watch?.known.reached.set(`${topic}/${partition}`, position);
      const at = { nextOffset: from, received: from, endSeen: logEnd };
      own.set(partition, { topic, partition, ...at, paused: false, worker: worker.open() });
    }
    for (const assigned of own.values()) assignments.set(`${topic}/${assigned.partition}`, assigned);
  };

  const closeWorkers = () => {
    closing.push(...workers.splice(0).map((worker) => worker.close()));
    assignments.clear();
    // Of partitions that are no longer this member's nothing is known.
    metrics.lag.reset();
  };

  const assign = async (partitions: TopicPartition[]): Promise<Assignment[]> => {
    for (const worker of workers) revoked.add(worker);
    closeWorkers();
    const starts = await startsOf(client, db, partitions, isPositioned);
    for (const [topic, ofTopic] of Map.groupBy(starts, (start) => start.topic)) {
      const source = sources.get(topic);
      if (source) openAssigned(topic, source, ofTopic);
    }
    joined = true;
    onCommitted?.();
    log.info({ partitions: partitions.length }, 'partitions assigned');
    return starts.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  };

  const client: ConsumerClient = await openConsumerClient(
    { ...options, group: beside?.group ?? group, topics: [...sources.keys()] },
    assign,
  );
  return {
    client,
    joined: () => joined,
    outdated: () => watch?.changed(),
    isUnanswered: () => isUnanswered,
    room: async () => {
      const unpaused = [...assignments.values()].filter(({ paused }) => !paused);
      const held = unpaused.map(({ worker }) => worker.waiting());
      const sum = (of: 'messages' | 'bytes') => held.reduce((total, one) => total + one[of], 0);
      if (sum('messages') >= waitingMax.messages || sum('bytes') >= waitingMax.bytes)
        await progress.wait(roomWaitMs);
    },
    push: (messages) => {
      for (const ofPartition of runsOf(messages)) {
        const { topic, partition } = ofPartition[0] as ReceivedMessage;
        const assigned = assignments.get(`${topic}/${partition}`);
        if (!assigned) continue;
        assigned.received = (ofPartition.at(-1) as ReceivedMessage).offset + 1;
        assigned.worker.push(ofPartition);
      }
      balance(client, assignments);
    },
    observeLag: () => {
      if (performance.now() > askForEndsAt) {
        askForEndsAt = Number.POSITIVE_INFINITY;
        const asked = [...assignments.values()];
        void askForEnds(client, asked).then((isAnswered) => {
          isUnanswered ||= !isAnswered;
          askForEndsAt = performance.now() + endIntervalMs;
        });
      }
      return observeLag(client, assignments, metrics, group);
    },
    status: () => {
      const retrying = [...assignments.values()].map(({ worker }) => worker.retryingError()).find(Boolean);
      const lag = [...assignments.values()].reduce((sum, assigned) => sum + lagOf(client, assigned), 0);
      return retrying ? { lag, retrying } : { lag };
    },
    close: async () => {
      closeWorkers();
      await Promise.all(closing);
      await client.close();
      // Lag was observed while transactions ended.
      metrics.lag.reset();
    },
  };
};

/** Cuts what was read where the partition changes: Kafka's client gives many of one partition in a row. */
const runsOf = (messages: readonly ReceivedMessage[]): ReceivedMessage[][] => {
  const runs: ReceivedMessage[][] = [];
  for (const message of messages) {
    const run = runs.at(-1);
    if (run?.[0]?.partition === message.partition && run[0].topic === message.topic) run.push(message);
    else runs.push([message]);
  }
  return runs;
};

/** Keeps the memory of a partition that cannot be applied bounded. */
const balance = (client: ConsumerClient, assignments: Map<string, AssignedPartition>): void => {
  for (const assigned of assignments.values()) {
    const { messages, bytes } = assigned.worker.waiting();
    const max = partitionWaitingMax;
    if (!assigned.paused && (messages > max.messages || bytes > max.bytes)) {
      client.pause([assigned]);
      assigned.paused = true;
    } else if (assigned.paused && messages < max.messages / 2 && bytes < max.bytes / 2) {
      client.resume([assigned]);
      assigned.paused = false;
    }
  }
};
