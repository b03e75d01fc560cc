import { exampleOrder, type Order, orders } from '@souk/contracts/orders.ts';
import { openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { infrastructure } from '@souk/testing/infrastructure.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProjectionsToMatch } from './projections.ts';

const [exampleItem] = exampleOrder.items as [Order['items'][number]];
const patienceMs = 120_000;
/** Together of four partitions: about a minute of growing waits on real servers, a second or two elsewhere. */
const outageRetries = infrastructure === 'containers' ? 40 : 2;
const skus = Array.from({ length: 20 }, (_, index) => `sku-${index}`);

describe('orders through Kafka are stored once, whatever ends in the middle of them', () => {
  let mesh: TestMesh;
  let sender: Sender;
  const sent: string[] = [];

  beforeAll(async () => {
    mesh = await testMesh();
    sender = await openSender(mesh.broker.brokers);
  });
  afterAll(async () => {
    await sender?.close();
    await mesh?.stop();
  });

  const orderOf = (uid: string, index: number): Order => ({
    ...exampleOrder,
    order_uid: uid,
    items: [1, 2].map((line) => {
      const sku = skus[(index * line) % skus.length] as string;
      return {
        ...exampleItem,
        sku,
        name: sku,
        rid: `${uid}-${line}`,
        quantity: line,
        total_price: 10 * line,
      };
    }),
  });
  const send = async (count: number) => {
    const from = sent.length;
    const messages = Array.from({ length: count }, (_, index) => {
      const uid = `order-${from + index}`;
      sent.push(uid);
      return { key: uid, value: JSON.stringify(orderOf(uid, from + index)) };
    });
    await sender.send(orders.name, messages);
  };
  const stored = async () => {
    const [row] = await mesh.sql`select count(*) as count from product_service.orders`;
    return row?.count as number;
  };
  const expectAllStored = async () => {
    await eventually(async () => expect(await stored()).toBe(sent.length), { timeoutMs: patienceMs });
    const [row] = await mesh.sql`
      select count(distinct order_uid) as orders, count(*) as items, sum(quantity)::bigint as units
      from product_service.order_items`;
    expect(row).toEqual({ orders: sent.length, items: 2 * sent.length, units: 3 * sent.length });
    expect(await readTopic(mesh.broker.brokers, 'orders.product.dlq')).toEqual([]);
    await expectProjectionsToMatch(mesh);
  };
  const metric = async (name: string) => {
    const text = await (await fetch(`${mesh.service('product').url}/metrics`)).text();
    return [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  };

  test('the service, killed while it takes a batch in', async () => {
    for (let round = 0; round < 2; round++) {
      const lock = await mesh.sql.reserve();
      await lock`begin`;
      await lock`lock table product_service.order_items in exclusive mode`;
      await send(500);
      await eventually(
        async () => {
          const [row] = await mesh.sql`
            select count(*) as count from pg_stat_activity
            where usename = 'product_service' and wait_event_type = 'Lock'`;
          expect(row?.count).toBeGreaterThan(0);
        },
        { timeoutMs: patienceMs },
      );
      mesh.service('product').kill('SIGKILL');
      await mesh.service('product').exited;
      await mesh.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'product_service'`;
      await lock`rollback`;
      lock.release();
      await mesh.start('product');
      await expectAllStored();
    }
  });

  test('all of them sent twice', async () => {
    const before = await stored();
    await sender.send(
      orders.name,
      sent.map((uid, index) => ({ key: uid, value: JSON.stringify(orderOf(uid, index)) })),
    );
    await eventually(
      async () => expect(await metric('kafka_messages_consumed_total')).toBeGreaterThanOrEqual(sent.length),
      { timeoutMs: patienceMs },
    );
    expect(await stored()).toBe(before);
    await expectAllStored();
  });

  test('cancellations, each sent twice at once, while analytics is killed: refunded once', async () => {
    const { url } = mesh.service('product');
    const steps = { orders: sent.slice(0, 300).map((order_uid) => ({ order_uid, status: 'cancelled' })) };
    const moveAll = () =>
      fetch(`${url}/api/v1/orders/status`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(steps),
      }).then((answer) => answer.json() as Promise<{ accepted: number; moved: number }>);
    const reports = await Promise.all([moveAll(), moveAll()]);
    mesh.service('analytics').kill('SIGKILL');
    await mesh.service('analytics').exited;
    await mesh.start('analytics');
    expect(reports.map(({ accepted }) => accepted)).toEqual([300, 300]);
    expect(reports.reduce((sum, { moved }) => sum + moved, 0)).toBe(300);
    await expectAllStored();
    const [row] = await mesh.sql`
      select sum(returned_units)::bigint as units from analytics_service.sales_rollups where granularity = 'all'`;
    expect(row).toEqual({ units: 900 });
  });

  test('Postgres, gone for a while: nothing is lost, nothing is a dead letter, and it is seen', async () => {
    await send(5_000);
    await eventually(async () => expect(await stored()).toBeGreaterThan(1_000), { timeoutMs: patienceMs });
    const retriesBefore = await metric('kafka_retry_attempts_total');
    await mesh.postgres.stop('SIGKILL');
    await send(5_000);
    await eventually(
      async () => {
        expect(await metric('kafka_retry_attempts_total')).toBeGreaterThan(retriesBefore + outageRetries);
        const health = await (await fetch(`${mesh.service('product').url}/health`)).json();
        expect(health).toMatchObject({ status: 'down', dependencies: { kafka: { retrying: true } } });
      },
      { timeoutMs: 2 * patienceMs },
    );
    await mesh.postgres.start();
    await expectAllStored();
    expect(await metric('kafka_dlq_messages_sent_total')).toBe(0);
  }, 300_000);

  test('stock is never oversold by two replicas and HTTP at once, and no order beyond it is lost', async () => {
    const product = mesh.service('product');
    const stock = 100;
    const body = JSON.stringify({ sku: 'scarce', name: 'Scarce', price: 10, stock });
    const headers = { 'content-type': 'application/json' };
    const created = await fetch(`${product.url}/api/v1/products`, { method: 'POST', headers, body });
    expect([201, 409]).toContain(created.status);
    const second = await mesh.replica('product');
    const scarce = (uid: string) =>
      JSON.stringify({
        ...exampleOrder,
        order_uid: uid,
        items: [{ ...exampleItem, sku: 'scarce', rid: uid, quantity: 3, total_price: 30 }],
      });
    const overHttp = Array.from({ length: 40 }, async (_, index) => {
      const { url, logs } = index % 2 === 0 ? product : second;
      const order = { method: 'POST', headers, body: scarce(`http-${index}`) };
      const answer = await fetch(`${url}/api/v1/orders`, order);
      expect([200, 201], `${await answer.text()}\n${logs.slice(-3).join('\n')}`).toContain(answer.status);
    });
    const overKafka = sender.send(
      orders.name,
      Array.from({ length: 60 }, (_, index) => ({ key: `kafka-${index}`, value: scarce(`kafka-${index}`) })),
    );
    await Promise.all([...overHttp, overKafka]);

    await eventually(
      async () => {
        const [row] = await mesh.sql`
          select count(*) as orders, sum(item.quantity - item.backordered_quantity)::bigint as taken,
            min(product.stock) as left, count(*) filter (where orders.backordered) as marked
          from product_service.order_items item
          join product_service.products product on product.id = item.product_id
          join product_service.orders using (order_uid) where product.sku = 'scarce'`;
        expect(row).toMatchObject({ orders: 100, taken: stock, left: 0 });
        // 33 orders are whole, one gets the last piece, the others none.
        expect(row?.marked).toBeGreaterThanOrEqual(67);
      },
      { timeoutMs: patienceMs },
    );
    await expectProjectionsToMatch(mesh);
    await second.stop();
  });
});
