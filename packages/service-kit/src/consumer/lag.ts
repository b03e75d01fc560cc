import type { TopicPartition } from '@confluentinc/kafka-javascript';
import type { ConsumerClient } from '../kafka/consumer-client.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { PartitionWorker } from './topic-worker.ts';

export interface AssignedPartition extends TopicPartition {
  worker: PartitionWorker;
  /** The offset behind the last message applied, at first the one to start from. */
  nextOffset: number;
  /** The offset behind the last message received, at first the one to start from. */
  received: number;
  /** The end of what can be read, when it was last asked for. */
  endSeen: number;
  paused: boolean;
}

const answerTimeoutMs = 5_000;

/** Up to where the log was read: behind the last message, or where it was found to end after that. */
const readTo = (client: ConsumerClient, { topic, partition, received }: AssignedPartition): number =>
  Math.max(received, client.endReached(topic, partition) ?? 0);

/** Offsets between what was applied and the end of the log. */
export const lagOf = (client: ConsumerClient, assigned: AssignedPartition): number => {
  const { topic, partition, worker, nextOffset, endSeen } = assigned;
  const done = worker.waiting().messages === 0 ? readTo(client, assigned) : nextOffset;
  return Math.max(0, Math.max(client.logEnd(topic, partition) ?? 0, endSeen) - done);
};

/**
 * A member that gets no answers any more would never hear of what it misses; and what answers tell the end to be can
 * be the end of a transaction that is still open, of which nothing can be read. One at a time: a question to a broker
 * that is away occupies a thread. Answers whether there was any answer. A member without partitions asks for nothing but
 * an answer: its share may be empty, or it has lost the group and all brokers, for good.
 */
export const askForEnds = async (
  client: ConsumerClient,
  assignments: readonly AssignedPartition[],
): Promise<boolean> => {
  if (assignments.length === 0)
    return client.ping(answerTimeoutMs).then(
      () => true,
      () => false,
    );
  let isAnswered = false;
  for (const assigned of assignments) {
    const bounds = await client.logBounds(assigned.topic, assigned.partition).catch(() => undefined);
    if (!bounds) continue;
    isAnswered = true;
    assigned.endSeen = bounds.highOffset;
  }
  return isAnswered;
};

/**
 * Sets the lag gauge, and gives the partitions whose log has messages that were not received, each with the offset
 * behind the last one that was.
 */
export const observeLag = (
  client: ConsumerClient,
  assignments: Map<string, AssignedPartition>,
  metrics: ConsumerMetrics,
  group: string,
): ReadonlyMap<string, number> => {
  const unread = new Map<string, number>();
  for (const [id, assigned] of assignments) {
    const lag = lagOf(client, assigned);
    metrics.lag.set({ topic: assigned.topic, partition: String(assigned.partition), group }, lag);
    const received = readTo(client, assigned);
    if (assigned.endSeen > received && !assigned.paused) unread.set(id, received);
  }
  return unread;
};
