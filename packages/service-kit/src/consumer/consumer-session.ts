import { performance } from 'node:perf_hooks';
import type { Assignment, TopicPartition } from '@confluentinc/kafka-javascript';
import { retryTopic } from '@souk/contracts/topic.ts';
import pLimit from 'p-limit';
import { type ConsumerClient, openConsumerClient } from '../kafka/consumer-client.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Database } from '../postgres/database.ts';
import { watchGeneration } from '../projection/generation.ts';
import type { Subscription } from '../projection/subscription.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { DeadLetterSender } from './dead-letter-sender.ts';
import { type AssignedPartition, askForEnds, lagOf, observeLag } from './lag.ts';
import { openPartitionWorker, type PartitionWorkerOptions } from './partition-worker.ts';
import { type Start, startsOf } from './start-offsets.ts';

/** A partition worker that holds more messages or bytes is paused until it has applied half of them. */
const partitionWaitingMax = 2_000;
const partitionBytesMax = 8 * 1024 * 1024;
/** Connections of the pool that partition workers leave to requests and probes, whatever their transactions wait for. */
const connectionsForOthers = 2;
/** The pause between two rounds of asking the broker for the ends of the logs. */
const endIntervalMs = 5_000;

export interface ConsumerOptions {
  /** The consumer group: the service's name. */
  group: string;
  /** host:port, comma separated. */
  brokers: string;
  fetchWaitMaxMs: number;
  sessionTimeoutMs: number;
  subscriptions: readonly Subscription[];
  db: Database;
  metrics: Metrics;
  log: Logger;
  /** Called after every commit that may have changed the tables; also at an assignment, for another's commits. */
  onCommitted?: () => void;
  /** Called before anything is applied, at the start and again after a rebuild has cleared the tables. */
  prepare?: () => Promise<void>;
}

/** One membership of the group, with a partition worker for each assigned partition. */
export interface ConsumerSession {
  client: ConsumerClient;
  /** True once partitions were assigned, an empty share included. */
  joined(): boolean;
  /** True once the tables were cleared for a rebuild: everything must be read again, in another session. */
  outdated(): boolean;
  /** Hands what was read to the partition workers, and pauses and resumes their partitions. */
  push(messages: readonly ReceivedMessage[]): void;
  /** Sets the lag gauge, and gives the partitions that have not received everything: see Watchdog. */
  observeLag(): ReadonlyMap<string, number>;
  status(): { lag: number; retrying?: string };
  close(): Promise<void>;
}

type Source = Pick<PartitionWorkerOptions, 'subscription' | 'replayed'>;

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
  const { brokers, group, fetchWaitMaxMs, sessionTimeoutMs, subscriptions, db, log, onCommitted } = options;
  const positioned = subscriptions.some((subscription) => subscription.positioned);
  const watch = positioned ? await watchGeneration(db) : undefined;
  await options.prepare?.();
  const sources = sourcesOf(group, subscriptions);
  const inTurn = pLimit(Math.max(1, db.poolMax - connectionsForOthers));
  const isPositioned = ({ topic }: TopicPartition) => sources.get(topic)?.subscription.positioned ?? false;
  const assignments = new Map<string, AssignedPartition>();
  let joined = false;
  let askForEndsAt = performance.now() + endIntervalMs;
  const closing: Promise<void>[] = [];

  const openAssigned = (start: Start, source: Source): AssignedPartition => {
    const { topic, partition } = start;
    const assigned: AssignedPartition = {
      topic,
      partition,
      nextOffset: start.from,
      received: start.from,
      endSeen: start.logEnd,
      paused: false,
      worker: openPartitionWorker({
        db,
        group,
        ...source,
        generation: watch?.generation,
        sendDeadLetters,
        inTurn,
        metrics,
        log: log.child({ topic, partition }),
        onCommitted: (nextOffset) => {
          assigned.nextOffset = nextOffset;
          client.commit(topic, partition, nextOffset);
          onCommitted?.();
        },
        onCleared: watch?.reportChange,
      }),
    };
    return assigned;
  };

  const assign = async (partitions: TopicPartition[]): Promise<Assignment[]> => {
    for (const { worker } of assignments.values()) closing.push(worker.close());
    assignments.clear();
    metrics.lag.reset();
    const starts = await startsOf(client, db, partitions, isPositioned);
    for (const start of starts) {
      const source = sources.get(start.topic);
      if (source) assignments.set(`${start.topic}/${start.partition}`, openAssigned(start, source));
    }
    joined = true;
    onCommitted?.();
    log.info({ partitions: partitions.length }, 'partitions assigned');
    return starts.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  };

  const client: ConsumerClient = await openConsumerClient(
    { brokers, group, topics: [...sources.keys()], fetchWaitMaxMs, sessionTimeoutMs },
    assign,
  );
  return {
    client,
    joined: () => joined,
    outdated: () => watch?.changed() ?? false,
    push: (messages) => {
      const byPartition = Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`);
      for (const [id, ofPartition] of byPartition) {
        const assigned = assignments.get(id);
        if (!assigned) continue;
        assigned.received = (ofPartition.at(-1) as ReceivedMessage).offset + 1;
        assigned.worker.push(ofPartition);
      }
      balance(client, assignments);
    },
    observeLag: () => {
      if (performance.now() > askForEndsAt) {
        askForEndsAt = Number.POSITIVE_INFINITY;
        void askForEnds(client, [...assignments.values()]).finally(() => {
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
      for (const { worker } of assignments.values()) closing.push(worker.close());
      await Promise.all(closing);
      await client.close();
      // Of partitions that are no longer this member's nothing is known.
      metrics.lag.reset();
    },
  };
};

/** Keeps the memory of a partition that cannot be applied bounded. */
const balance = (client: ConsumerClient, assignments: Map<string, AssignedPartition>): void => {
  for (const assigned of assignments.values()) {
    const { messages, bytes } = assigned.worker.waiting();
    if (!assigned.paused && (messages > partitionWaitingMax || bytes > partitionBytesMax)) {
      client.pause([assigned]);
      assigned.paused = true;
    } else if (assigned.paused && messages < partitionWaitingMax / 2 && bytes < partitionBytesMax / 2) {
      client.resume([assigned]);
      assigned.paused = false;
    }
  }
};
