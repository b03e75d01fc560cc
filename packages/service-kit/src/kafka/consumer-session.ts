import type { TopicPartition } from '@confluentinc/kafka-javascript';
import type { ConsumeOptions } from './consume.ts';
import { type ConsumerClient, openConsumerClient } from './consumer-client.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { DeadLetterSender } from './dead-letter-sender.ts';
import { type Lane, openLane } from './lane.ts';
import type { ReceivedMessage } from './message.ts';

/** A lane that holds more messages is paused until it has applied half of them. */
const laneWaitingMax = 2_000;

/** One membership of the group, with a lane for each assigned partition. */
export interface ConsumerSession {
  client: ConsumerClient;
  /** True once partitions were assigned, an empty share included. */
  joined(): boolean;
  /** Hands what was read to the lanes, and pauses and resumes their partitions. */
  push(messages: readonly ReceivedMessage[]): void;
  /** Sets the lag gauge and answers whether the log has messages that no lane has received. */
  observeLag(): boolean;
  status(): { lag: number; retrying?: string };
  close(): Promise<void>;
}

interface AssignedLane extends TopicPartition {
  lane: Lane;
  /** The offset behind the last message applied; undefined until the first. */
  nextOffset: number | undefined;
  paused: boolean;
}

/** Joins the group; partitions come with the first reads. Rejects when no broker answers. */
export const openConsumerSession = async (
  { brokers, group, fetchWaitMaxMs, sessionTimeoutMs, projections, db, log, onCommitted }: ConsumeOptions,
  metrics: ConsumerMetrics,
  sendDeadLetters: DeadLetterSender['send'],
): Promise<ConsumerSession> => {
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
    joined: () => joined,
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

/** Messages between what was applied and the end of the log; undefined while either is unknown. */
const lagOf = (client: ConsumerClient, assigned: AssignedLane): number | undefined => {
  const logEnd = client.logEnd(assigned.topic, assigned.partition);
  if (logEnd === undefined) return undefined;
  return assigned.nextOffset === undefined
    ? assigned.lane.waiting()
    : Math.max(0, logEnd - assigned.nextOffset);
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
    if (lag > assigned.lane.waiting() && !assigned.paused) unread = true;
  }
  return unread;
};
