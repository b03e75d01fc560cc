import { randomUUID } from 'node:crypto';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, call } from '../http-call.ts';

const clientsMax = 200;
/** Longer than services take to start again; and not so often that their clients keep them from it. */
const patience = { timeoutMs: 500_000, intervalMs: 300 };

let mesh: TestMesh;
beforeAll(async () => {
  mesh = await testMesh({ without: ['user', 'recommendation', 'analytics'] });
});
afterAll(() => mesh?.stop());

/** The product service's backends that wait for a lock of a table. */
const waiting = async () => {
  const [row] = await mesh.sql`
    select count(*)::int as count from pg_stat_activity
    where usename = 'product_service' and wait_event_type = 'Lock' and query like '%products%'`;
  return row?.count as number;
};

test('200 equal POSTs to two replicas that are killed in between make one product, one event and one answer', {
  timeout: 600_000,
}, async () => {
  const first = mesh.service('product');
  const second = await mesh.replica('product');
  const replicas = [first.url, second.url];
  const key = randomUUID();
  const body = { name: 'Lantern', price: 12.5, sku: 'LANTERN' };

  /** Sends it to one replica and the other until it is done. */
  const untilDone = (client: number): Promise<Answer> => {
    let turn = client;
    return eventually(async () => {
      const url = replicas[turn++ % replicas.length] as string;
      const answer = await call('POST', `${url}/api/v1/products`, body, {
        headers: { 'idempotency-key': key },
      });
      expect(answer.status).toBe(201);
      return answer;
    }, patience);
  };

  // The moment: whoever has the key waits for the table with its transaction open.
  const clients = await mesh.sql.begin(async (tx) => {
    await tx`lock table product_service.products in exclusive mode`;
    const sent = Array.from({ length: clientsMax }, (_, client) => untilDone(client));
    await eventually(async () => expect(await waiting()).toBeGreaterThan(0));
    for (const { kill } of [first, second]) kill('SIGKILL');
    await Promise.all([first.exited, second.exited]);
    return { sent };
  });
  replicas[0] = (await mesh.start('product')).url;
  const third = await mesh.replica('product');
  replicas[1] = third.url;
  await Promise.race(clients.sent);
  third.kill('SIGKILL');
  await third.exited;
  replicas.pop();

  const answers = await Promise.all(clients.sent);
  const shown = answers.map(({ headers, body }) => JSON.stringify([headers.get('location'), body]));
  expect(new Set(shown).size).toBe(1);
  expect(answers.filter(({ headers }) => !headers.has('idempotent-replayed')).length).toBeLessThanOrEqual(1);
  const [counts] = await mesh.sql`
    select (select count(*)::int from product_service.products) as products,
      (select count(*)::int from product_service.outbox) as events,
      (select count(*)::int from product_service.idempotent_answers) as answers`;
  expect(counts).toEqual({ products: 1, events: 1, answers: 1 });
});
