import { randomUUID } from 'node:crypto';
import { testBroker } from '@souk/testing/broker.ts';
import { expect, test } from 'vitest';
import { logRanges, readLogs } from './log-reader.ts';
import { partitionOfKey } from './partition-of-key.ts';
import { openSender } from './sender.ts';

test('finds the partition that producers choose, for keys of every length', async () => {
  const { brokers, stop } = await testBroker();
  const sender = await openSender(brokers);
  try {
    const topic = `keys-${randomUUID()}`;
    const keys = [
      'a',
      'ab',
      'abc',
      'abcd',
      'é',
      'order-1',
      ...Array.from({ length: 40 }, () => randomUUID()),
    ];
    await sender.send(
      topic,
      keys.map((key) => ({ key, value: 'x' })),
    );
    const found = new Map<string, number>();
    await readLogs(
      brokers,
      (name) => name === topic,
      ({ key, partition }) => void found.set(String(key), partition),
    );
    const { length } = await logRanges(brokers, [topic]);
    expect(found).toEqual(new Map(keys.map((key) => [key, partitionOfKey(key, length)])));
  } finally {
    await sender.close();
    await stop();
  }
});
