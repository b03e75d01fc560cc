import { performance } from 'node:perf_hooks';
import type { Assignment, TopicPartition } from '@confluentinc/kafka-javascript';
import { retryTopic } from '@souk/contracts/topic.ts';
import pLimit from 'p-limit';
import { type ConsumerClient, openConsumerClient } from '../kafka/consumer-client.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { Database } from '../postgres/database.ts';
import { watchGeneration } from '../projection/generation.ts';
import { nextOffsets } from '../projection/positions.ts';
import type { Subscription } from '../projection/subscription.ts';
import type { ConsumeOptions } from './consume.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { DeadLetterSender } from './dead-letter-sender.ts';
import {
  openPartitionWorker,
  type PartitionWorker,
  type PartitionWorkerOptions,
} from './partition-worker.ts';

/** A partition worker that holds more messages or bytes is paused until it has applied half of them. */
const partitionWaitingMax = 2_000;
const partitionBytesMax = 8 * 1024 * 1024;
/** Connections of the pool that partition workers leave to requests and probes, whatever their transactions wait for. */
const connectionsForOthers = 2;
/** librdkafka's RD_KAFKA_OFFSET_BEGINNING. */
const beginningOfLog = -2;
/** The pause between two rounds of asking the broker for the ends of the logs. */
const endIntervalMs = 5_000;

/** One membership of the group, with a partition worker for each assigned partition. */
export interface ConsumerSession {
  client: ConsumerClient;
  /** True once partitions were assigned, an empty share included. */
  joined(): boolean;
  /** True once the tables were cleared for a rebuild: everything must be read anew, in another session. */
  outdated(): boolean;
  /** Hands what was read to the partition workers, and pauses and resumes their partitions. */
  push(messages: readonly ReceivedMessage[]): void;
  /** Sets the lag gauge and answers whether the log has messages that no partition worker has received. */
  observeLag(): boolean;
  status(): { lag: number; retrying?: string };
  close(): Promise<void>;
}

type Source = Pick<PartitionWorkerOptions, 'subscription' | 'replayed'>;

interface AssignedPartition extends TopicPartition {
  worker: PartitionWorker;
  /** The offset behind the last message applied, at first the one to start from. */
  nextOffset: number;
  /** The offset behind the last message received, at first the one to start from. */
  received: number;
  /** The end of what can be read, when it was last asked for. */
  endSeen: number;
  paused: boolean;
}

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
  options: ConsumeOptions,
  metrics: ConsumerMetrics,
  sendDeadLetters: DeadLetterSender['send'],
): Promise<ConsumerSession> => {
  const { brokers, group, fetchWaitMaxMs, sessionTimeoutMs, subscriptions, db, log, onCommitted } = options;
  const positioned = subscriptions.some((subscription) => subscription.positioned);
  const watch = positioned ? await watchGeneration(db) : undefined;
  await options.prepare?.();
  const sources = sourcesOf(group, subscriptions);
  const inTurn = pLimit(Math.max(1, db.poolMax - connectionsForOthers));
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
    const starts = await startsOf(client, db, sources, partitions);
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

interface Start extends TopicPartition {
  /** What librdkafka is told. */
  offset: number;
  /** The offset that this comes to in the log of now. */
  from: number;
  logEnd: number;
}

/**
 * Where to read partitions from: where the group stopped, else the beginning. Those of projections from the
 * beginning too if nothing was applied since the tables were empty, and from Postgres's offset if that is less:
 * Kafka's may be from before a rebuild, Postgres's from before the broker lost its log. Too early does no harm.
 */
const startsOf = async (
  client: ConsumerClient,
  db: Database,
  sources: ReadonlyMap<string, Source>,
  partitions: TopicPartition[],
): Promise<Start[]> => {
  if (partitions.length === 0) return [];
  const isPositioned = ({ topic }: TopicPartition) => sources.get(topic)?.subscription.positioned ?? false;
  const [known, committed, bounds] = await Promise.all([
    partitions.some(isPositioned) ? nextOffsets(db.sql) : new Map<string, number | null>(),
    client.committed(partitions),
    Promise.all(partitions.map(({ topic, partition }) => client.logBounds(topic, partition))),
  ]);
  const stoppedAt = new Map(committed.map((one) => [`${one.topic}/${one.partition}`, one.offset]));
  return partitions.map(({ topic, partition }, index) => {
    const { lowOffset, highOffset } = bounds[index] as { lowOffset: number; highOffset: number };
    const stopped = stoppedAt.get(`${topic}/${partition}`);
    const next = isPositioned({ topic, partition }) ? known.get(`${topic}/${partition}`) : null;
    const offset =
      next === undefined || stopped === undefined ? beginningOfLog : Math.min(stopped, next ?? stopped);
    const isInLog = offset >= lowOffset && offset <= highOffset;
    return { topic, partition, offset, from: isInLog ? offset : lowOffset, logEnd: highOffset };
  });
};

/** Up to where the log was read: behind the last message, or where it was found to end after that. */
const readTo = (client: ConsumerClient, { topic, partition, received }: AssignedPartition): number =>
  Math.max(received, client.endReached(topic, partition) ?? 0);

/** Offsets between what was applied and the end of the log. */
const lagOf = (client: ConsumerClient, assigned: AssignedPartition): number => {
  const { topic, partition, worker, nextOffset, endSeen } = assigned;
  const done = worker.waiting().messages === 0 ? readTo(client, assigned) : nextOffset;
  return Math.max(0, Math.max(client.logEnd(topic, partition) ?? 0, endSeen) - done);
};

/**
 * A member that gets no answers any more would never hear of what it misses; and what answers tell the end to be can
 * be the end of a transaction that is still open, of which nothing can be read. One at a time: a question to a broker
 * that is away occupies a thread.
 */
const askForEnds = async (
  client: ConsumerClient,
  assignments: readonly AssignedPartition[],
): Promise<void> => {
  for (const assigned of assignments) {
    // While its broker does not answer there is nothing to miss either.
    const bounds = await client.logBounds(assigned.topic, assigned.partition).catch(() => undefined);
    if (bounds) assigned.endSeen = bounds.highOffset;
  }
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

const observeLag = (
  client: ConsumerClient,
  assignments: Map<string, AssignedPartition>,
  metrics: ConsumerMetrics,
  group: string,
): boolean => {
  let unread = false;
  for (const assigned of assignments.values()) {
    const lag = lagOf(client, assigned);
    metrics.lag.set({ topic: assigned.topic, partition: String(assigned.partition), group }, lag);
    if (assigned.endSeen > readTo(client, assigned) && !assigned.paused) unread = true;
  }
  return unread;
};
