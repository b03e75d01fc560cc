import type { LibrdKafkaError, Metadata, WatermarkOffsets } from '@confluentinc/kafka-javascript';
import { expect, test } from 'vitest';
import { kafkaErrorCode } from './kafka-error.ts';
import { boundsOf } from './log-bounds.ts';

const metadata = { topics: [{ name: 'a', partitions: [{ id: 0 }] }] } as unknown as Metadata;

type Answer = (error: LibrdKafkaError, offsets: WatermarkOffsets) => void;

/** Stands in for a broker, since none can be told to lose a leader at the moment of a question. */
const consumerThatFails = (codes: number[]) => {
  let asked = 0;
  return {
    asked: () => asked,
    queryWatermarkOffsets: (_topic: string, _partition: number, _timeoutMs: unknown, done?: Answer) => {
      const code = codes[asked++];
      const error = code === undefined ? null : { message: 'as the binding says it', code };
      done?.(error as LibrdKafkaError, { lowOffset: 3, highOffset: 8 });
    },
  };
};

test('asks again for the ends of a partition whose leader is not known yet or has changed', async () => {
  const consumer = consumerThatFails([
    kafkaErrorCode.unknownTopicOrPartition,
    kafkaErrorCode.leaderNotAvailable,
    kafkaErrorCode.notLeaderForPartition,
  ]);
  expect(await boundsOf(consumer, metadata, () => true)).toEqual([
    { topic: 'a', partition: 0, from: 3, to: 8 },
  ]);
  expect(consumer.asked()).toBe(4);
});

test('rejects at once for any other failure', async () => {
  const consumer = consumerThatFails([kafkaErrorCode.timedOut]);
  await expect(boundsOf(consumer, metadata, () => true)).rejects.toMatchObject({
    code: 'KAFKA',
    kafkaCode: kafkaErrorCode.timedOut,
  });
  expect(consumer.asked()).toBe(1);
});
