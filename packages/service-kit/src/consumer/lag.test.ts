import { expect, test } from 'vitest';
import type { ConsumerClient } from '../kafka/consumer-client.ts';
import { type AssignedPartition, askForEnds } from './lag.ts';

const gone = () => Promise.reject(new Error('no broker'));
const client = (answers: Partial<ConsumerClient>) =>
  ({ ping: gone, logBounds: gone, ...answers }) as ConsumerClient;
const assigned = (partition: number) => ({ topic: 'things', partition, endSeen: 0 }) as AssignedPartition;

test('a member that has lost its partitions, and all brokers, is not taken for one with an empty share', async () => {
  expect(await askForEnds(client({}), [])).toBe(false);
  expect(await askForEnds(client({ ping: () => Promise.resolve() }), [])).toBe(true);
});

test('one answer is enough to know that brokers are there, and tells the end of its partition alone', async () => {
  const partitions = [assigned(0), assigned(1)];
  const logBounds: ConsumerClient['logBounds'] = (_topic, partition) =>
    partition === 1 ? Promise.resolve({ lowOffset: 0, highOffset: 7 }) : gone();
  expect(await askForEnds(client({ logBounds }), partitions)).toBe(true);
  expect(partitions.map(({ endSeen }) => endSeen)).toEqual([0, 7]);
  expect(await askForEnds(client({ ping: () => Promise.resolve() }), partitions)).toBe(false);
});
