import type { KafkaConsumer, Metadata, WatermarkOffsets } from '@confluentinc/kafka-javascript';
import { backoffMs, wait } from '../service/backoff.ts';
import { called, kafkaErrorCode } from './kafka-error.ts';

/** A part of a partition's log: from the first offset up to, and without, the last. */
export interface LogRange {
  topic: string;
  partition: number;
  from: number;
  to: number;
}

/** TOPIC/PARTITION */
export const partitionName = ({ topic, partition }: Pick<LogRange, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`;

const timeoutMsMax = 5_000;
const leaderRetry = { baseMs: 100, maxMs: 2_000 };
/** What brokers answer while a partition has just been created, or moves from one broker to another. */
const leaderless: readonly unknown[] = [
  kafkaErrorCode.unknownTopicOrPartition,
  kafkaErrorCode.leaderNotAvailable,
  kafkaErrorCode.notLeaderForPartition,
];

/**
 * What the partitions of the wanted topics hold now. Waits up to 30 seconds, or `patienceMs`, for a partition that has no
 * leader; rejects with code KAFKA then, and when a broker does not answer in that time, 5 seconds at most.
 */
export const boundsOf = (
  consumer: Pick<KafkaConsumer, 'queryWatermarkOffsets'>,
  metadata: Metadata,
  wanted: (topic: string) => boolean,
  patienceMs = 30_000,
): Promise<LogRange[]> =>
  Promise.all(
    metadata.topics
      .filter(({ name }) => wanted(name))
      .flatMap(({ name, partitions }) => partitions.map(({ id }) => ({ topic: name, partition: id })))
      .map(async ({ topic, partition }) => {
        const { lowOffset, highOffset } = await endsOf(consumer, topic, partition, patienceMs);
        return { topic, partition, from: lowOffset, to: highOffset };
      }),
  );

const endsOf = async (
  consumer: Pick<KafkaConsumer, 'queryWatermarkOffsets'>,
  topic: string,
  partition: number,
  patienceMs: number,
): Promise<WatermarkOffsets> => {
  const until = performance.now() + patienceMs;
  const timeoutMs = Math.min(timeoutMsMax, patienceMs);
  for (let failures = 0; ; failures++) {
    try {
      return await called<WatermarkOffsets>(`ask for the ends of ${topic}`, (done) =>
        consumer.queryWatermarkOffsets(topic, partition, timeoutMs, done),
      );
    } catch (error) {
      if (!isLeaderless(error) || performance.now() > until) throw error;
    }
    await wait(backoffMs(failures, leaderRetry));
  }
};

const isLeaderless = (error: unknown): boolean =>
  leaderless.includes((error as { kafkaCode?: unknown }).kafkaCode);
