import { testBroker } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { expect, test } from 'vitest';
import { type ConsumerClient, openConsumerClient } from './consumer-client.ts';

const partitionsCount = 4;

/** A member of the group `packers`, and how many partitions it has. */
const openPacker = async (brokers: string): Promise<{ client: ConsumerClient; share(): number }> => {
  let share = 0;
  const client = await openConsumerClient(
    { brokers, group: 'packers', topics: ['parcels'], fetchWaitMaxMs: 10, sessionTimeoutMs: 6_000 },
    async (partitions) => {
      share = partitions.length;
      return partitions;
    },
  );
  return { client, share: () => share };
};

const readUntilAllAssigned = ({ client, share }: Awaited<ReturnType<typeof openPacker>>) =>
  eventually(async () => {
    await client.followRebalances();
    await client.read(1);
    expect(share()).toBe(partitionsCount);
  });

test('a client whose brokers are away closes without them, and keeps no partition from another once they are back', async () => {
  const broker = await testBroker(['parcels']);
  const unanswered = await openPacker(broker.brokers);
  await readUntilAllAssigned(unanswered);
  broker.pause();
  unanswered.client.commit([{ topic: 'parcels', partition: 0, offset: 0 }]);
  await unanswered.client.close();
  broker.resume();

  const next = await openPacker(broker.brokers);
  await readUntilAllAssigned(next);
  await next.client.close();
  await broker.release();
});
