import { Admin } from '@platformatic/kafka';
import { exampleOrder, orders } from '@souk/contracts/orders.ts';
import { openSender } from '@souk/service-kit/kafka/sender.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

const uids = Array.from({ length: 20 }, (_, index) => `order-${index}`);
const patience = { timeoutMs: 120_000 };

let mesh: TestMesh;
beforeAll(async () => {
  mesh = await testMesh();
});
afterAll(() => mesh?.stop());

const stored = async () =>
  (await mesh.sql<{ uid: string }[]>`select order_uid as uid from product_service.orders`)
    .map(({ uid }) => uid)
    .sort();

/** As `kafka-consumer-groups.sh --reset-offsets` does. On containers only: the in-memory broker cannot. */
const readOrdersAgain = async () => {
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [mesh.broker.brokers] });
  const partitionOffsets = Array.from({ length: orders.partitions }, (_, partition) => ({
    partition,
    offset: 0n,
  }));
  await admin.alterConsumerGroupOffsets({
    groupId: 'product',
    topics: [{ name: orders.name, partitionOffsets }],
  });
  await admin.close();
};

test('orders that a restored database lacks are stored again, once each, after the group’s offsets were reset', async () => {
  const sender = await openSender(mesh.broker.brokers);
  await sender.send(
    orders.name,
    uids.map((uid) => ({ key: uid, value: JSON.stringify({ ...exampleOrder, order_uid: uid }) })),
  );
  await sender.close();
  await eventually(async () => expect(await stored()).toEqual([...uids].sort()), patience);
  await mesh.service('product').stop();
  const [lost, kept] = [uids.slice(5), uids.slice(0, 5)];
  await mesh.sql`delete from product_service.orders where order_uid = any(${lost})`;
  expect(await stored()).toEqual([...kept].sort());

  await readOrdersAgain();
  await mesh.start('product');

  await eventually(async () => expect(await stored()).toEqual([...uids].sort()), patience);
});
