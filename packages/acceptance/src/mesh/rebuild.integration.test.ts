import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleOrder, orders } from '@souk/contracts/orders.ts';
import { consumersOf } from '@souk/contracts/services.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { openSender } from '@souk/service-kit/kafka/sender.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectionRows } from '../projection-rows.ts';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { startTraffic, type Traffic } from '../resilience/traffic.ts';
import { runSouk } from '../run-souk.ts';

const patience = { timeoutMs: 120_000 };
describe('a rebuild', () => {
  let mesh: TestMesh;
  let traffic: Traffic;
  const folder = mkdtempSync(join(tmpdir(), 'souk-test-'));

  beforeAll(async () => {
    mesh = await testMesh();
    traffic = await startTraffic(mesh);
    await traffic.activity(500);
    await traffic.changes();
    await placeOrders();
    await expectProjectionsToMatch(mesh);
  });
  afterAll(async () => {
    await mesh?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const placeOrders = async () => {
    const sender = await openSender(mesh.broker.brokers);
    const messages = Array.from({ length: 50 }, (_, index) => {
      const order = {
        ...exampleOrder,
        order_uid: `order-${index}`,
        customer_id: traffic.users[index % 10] as string,
      };
      return { key: order.order_uid, value: JSON.stringify(order) };
    });
    await sender.send(orders.name, messages);
    await sender.close();
    await eventually(async () => {
      const [row] = await mesh.sql`select count(*) as count from product_service.orders`;
      expect(row?.count).toBe(50);
    }, patience);
  };
  const urlOf = (service: string) => mesh.postgres.url(`${service}_service` as 'user_service');
  const souk = async (...args: string[]) => {
    const { code, output } = await runSouk([...args, '--brokers', mesh.broker.brokers]);
    expect(code, output).toBe(0);
    return output;
  };

  const rowsOf = (service: string) => projectionRows(mesh.sql, `${service}_service`);

  test('gives every table of both consumers again, row for row, a corrected dead letter among them', async () => {
    // An activity that decodes nowhere: it lacks its type.
    const activity = {
      event_id: randomUUID(),
      user_id: traffic.users[0] as string,
      type: 'view',
      product_id: traffic.products[0] as string,
      quantity: null,
      unit_price_minor: null,
      occurred_at: '2026-01-01T00:00:00.000Z',
    };
    const { type: _, ...broken } = activity;
    await mesh.sql`
      insert into user_service.outbox (event_id, type, key, data)
      values (${activity.event_id}, 'user.activity_recorded.v1', ${activity.user_id}, ${mesh.sql.json(broken)})`;
    const views = async () => {
      const [row] = await mesh.sql`
        select sum(views)::bigint as views from analytics_service.product_rollups where granularity = 'day'`;
      return row?.views as number;
    };
    const before = await views();
    await eventually(
      async () => expect(groupsIn(await souk('dlq', 'list'))).toEqual(consumersOf(userUpdates.name).sort()),
      patience,
    );
    const corrected = join(folder, 'corrected.json');
    writeFileSync(corrected, JSON.stringify(activity));
    for (const group of consumersOf(userUpdates.name))
      await souk('dlq', 'replay', '--group', group, '--id', activity.event_id, '--document', corrected);
    await eventually(async () => expect(await views()).toBe(before + 1), patience);
    expect(await souk('dlq', 'list')).toContain('No pending dead letters');

    for (const service of ['recommendation', 'analytics']) {
      await eventually(async () => expect(await resolvedDeadLetters(service)).toBe(1), patience);
      const rows = await rowsOf(service);
      const output = await souk('rebuild', service, '--database-url', urlOf(service));
      expect(output).toContain(service);
      await eventually(async () => expect(await rowsOf(service)).toEqual(rows), patience);
      await eventually(async () => expect(await resolvedDeadLetters(service)).toBe(1), patience);
    }
    await traffic.activity(100);
    await eventually(async () => expect(await views()).toBeGreaterThan(before + 1), patience);
  });

  const resolvedDeadLetters = async (service: string) => {
    const [row] = await mesh.sql.unsafe<[{ count: number }]>(
      `select count(*) as count from ${service}_service.dead_letters where resolved_at is not null`,
    );
    return row.count;
  };
});

/** The consumer groups that have dead letters, by a line `user-updates → analytics: 1 pending …` for each. */
const groupsIn = (list: string): string[] =>
  [...list.matchAll(/→ (\w+):/g)].map(([, group = '']) => group).sort();
