import type { Assignment, TopicPartition } from '@confluentinc/kafka-javascript';
import { retryTopic } from '@souk/contracts/topic.ts';
import type { Database } from '../postgres/database.ts';
import { watchGeneration } from '../projection/generation.ts';
import { nextOffsets } from '../projection/positions.ts';
import type { ConsumeOptions } from './consume.ts';
import { type ConsumerClient, openConsumerClient } from './consumer-client.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { DeadLetterSender } from './dead-letter-sender.ts';
import { type Lane, type LaneOptions, openLane } from './lane.ts';
import type { ReceivedMessage } from './message.ts';
import type { Subscription } from './subscription.ts';

/** A lane that holds more messages or bytes is paused until it has applied half of them. */
const laneWaitingMax = 2_000;
const laneBytesMax = 8 * 1024 * 1024;
/** librdkafka's RD_KAFKA_OFFSET_BEGINNING. */
const beginningOfLog = -2;

/** One membership of the group, with a lane for each assigned partition. */
export interface ConsumerSession {
  client: ConsumerClient;
  /** True once partitions were assigned, an empty share included. */
  joined(): boolean;
  /** True once the tables were cleared for a rebuild: everything must be read anew, in another session. */
  outdated(): boolean;
  /** Hands what was read to the lanes, and pauses and resumes their partitions. */
  push(messages: readonly ReceivedMessage[]): void;
  /** Sets the lag gauge and answers whether the log has messages that no lane has received. */
  observeLag(): boolean;
  status(): { lag: number; retrying?: string };
  close(): Promise<void>;
}

type Source = Pick<LaneOptions, 'subscription' | 'replayed'>;

interface AssignedLane extends TopicPartition {
  lane: Lane;
  /** The offset behind the last message applied; undefined until the first. */
  nextOffset: number | undefined;
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
  const lanes = new Map<string, AssignedLane>();
  let joined = false;
  const closing: Promise<void>[] = [];

  const openAssigned = ({ topic, partition }: TopicPartition, source: Source): AssignedLane => {
    const assigned: AssignedLane = {
      topic,
      partition,
      nextOffset: undefined,
      paused: false,
      lane: openLane({
        db,
        group,
        ...source,
        generation: watch?.generation,
        sendDeadLetters,
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
    for (const { lane } of lanes.values()) closing.push(lane.close());
    lanes.clear();
    metrics.lag.reset();
    for (const { topic, partition } of partitions) {
      const source = sources.get(topic);
      if (source) lanes.set(`${topic}/${partition}`, openAssigned({ topic, partition }, source));
    }
    joined = true;
    onCommitted?.();
    log.info({ partitions: partitions.length }, 'partitions assigned');
    const ofProjections = partitions.filter(({ topic }) => sources.get(topic)?.subscription.positioned);
    const others = partitions.filter((one) => !ofProjections.includes(one));
    return ofProjections.length > 0 ? [...others, ...(await startsOf(client, db, ofProjections))] : others;
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
      for (const [id, ofPartition] of byPartition) lanes.get(id)?.lane.push(ofPartition);
      balance(client, lanes);
    },
    observeLag: () => observeLag(client, lanes, metrics, group),
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

/**
 * Where to read partitions of projections from: the beginning, if nothing was applied since the tables were
 * empty; else Kafka's offset, or Postgres's if that is less. Kafka's may be from before a rebuild, Postgres's
 * from before the broker lost its log; too early does no harm.
 */
const startsOf = async (
  client: ConsumerClient,
  db: Database,
  partitions: TopicPartition[],
): Promise<Assignment[]> => {
  const [known, committed] = await Promise.all([nextOffsets(db.sql), client.committed(partitions)]);
  return committed.map(({ topic, partition, offset }) => {
    const next = known.get(`${topic}/${partition}`);
    if (next === undefined || offset === undefined) return { topic, partition, offset: beginningOfLog };
    return { topic, partition, offset: next === null ? offset : Math.min(offset, next) };
  });
};

/** Messages between what was applied and the end of the log; undefined while either is unknown. */
const lagOf = (client: ConsumerClient, assigned: AssignedLane): number | undefined => {
  const logEnd = client.logEnd(assigned.topic, assigned.partition);
  if (logEnd === undefined) return undefined;
  return assigned.nextOffset === undefined
    ? assigned.lane.waiting().messages
    : Math.max(0, logEnd - assigned.nextOffset);
};

/** Keeps the memory of a partition that cannot be applied bounded. */
const balance = (client: ConsumerClient, lanes: Map<string, AssignedLane>): void => {
  for (const assigned of lanes.values()) {
    const { messages, bytes } = assigned.lane.waiting();
    if (!assigned.paused && (messages > laneWaitingMax || bytes > laneBytesMax)) {
      client.pause([assigned]);
      assigned.paused = true;
    } else if (assigned.paused && messages < laneWaitingMax / 2 && bytes < laneBytesMax / 2) {
      client.resume([assigned]);
      assigned.paused = false;
    }
  }
};

const observeLag = (
  client: ConsumerClient,
  lanes: Map<string, AssignedLane>,
  metrics: ConsumerMetrics,
  group: string,
): boolean => {
  let unread = false;
  for (const assigned of lanes.values()) {
    const lag = lagOf(client, assigned);
    if (lag === undefined) continue;
    metrics.lag.set({ topic: assigned.topic, partition: String(assigned.partition), group }, lag);
    if (lag > assigned.lane.waiting().messages && !assigned.paused) unread = true;
  }
  return unread;
};
