import type { TopicPartition } from '@confluentinc/kafka-javascript';
import type { ConsumerClient } from '../kafka/consumer-client.ts';
import type { Database } from '../postgres/database.ts';
import { type ReadTo, readTo } from '../projection/positions.ts';

/** librdkafka's RD_KAFKA_OFFSET_BEGINNING. */
const beginningOfLog = -2;

/** Of documents nothing is known but the offset in Kafka. */
const notPositioned: ReadTo = { nextOffset: null, last: 0n };

export interface Start extends TopicPartition {
  /** What librdkafka is told. */
  offset: number;
  /** The offset that this comes to in the log of now. */
  from: number;
  /** The position in Postgres; 0 where there is none. */
  position: bigint;
  logEnd: number;
}

/**
 * Where to read partitions from: where the group stopped, else the beginning. Those of projections from the
 * beginning too if nothing was applied since the tables were empty, and from Postgres's offset if that is less:
 * Kafka's may be from before a rebuild, Postgres's from before the broker lost its log. Too early does no harm.
 */
export const startsOf = async (
  client: ConsumerClient,
  db: Database,
  partitions: TopicPartition[],
  isPositioned: (partition: TopicPartition) => boolean,
): Promise<Start[]> => {
  if (partitions.length === 0) return [];
  const [known, committed, bounds] = await Promise.all([
    partitions.some(isPositioned) ? readTo(db.sql) : new Map<string, ReadTo>(),
    client.committed(partitions),
    boundsOf(client, partitions),
  ]);
  const stoppedAt = new Map(committed.map((one) => [`${one.topic}/${one.partition}`, one.offset]));
  return partitions.map(({ topic, partition }, index) => {
    const { lowOffset, highOffset } = bounds[index] as { lowOffset: number; highOffset: number };
    const stopped = stoppedAt.get(`${topic}/${partition}`);
    const read = isPositioned({ topic, partition }) ? known.get(`${topic}/${partition}`) : notPositioned;
    const offset =
      read === undefined || stopped === undefined
        ? beginningOfLog
        : Math.min(stopped, read.nextOffset ?? stopped);
    const isInLog = offset >= lowOffset && offset <= highOffset;
    const from = isInLog ? offset : lowOffset;
    return { topic, partition, offset, from, position: read?.last ?? 0n, logEnd: highOffset };
  });
};

/** One question at a time: each occupies one of the process's four threads until a broker has answered. */
const boundsOf = async (client: ConsumerClient, partitions: readonly TopicPartition[]) => {
  const bounds = [];
  for (const { topic, partition } of partitions) bounds.push(await client.logBounds(topic, partition));
  return bounds;
};
