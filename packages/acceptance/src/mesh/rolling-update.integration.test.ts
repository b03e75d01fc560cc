import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import type { RunningService } from '@souk/testing/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { activityOf, startTraffic, type Traffic } from '../resilience/traffic.ts';
import { type Balancer, openBalancer } from './balancer.ts';

const batch = 10;
/** As the chart for Kubernetes has it: a hundred times as long as until the balancer looks. */
const drainMs = 5_000;
/** No replica is slow to stop because the machine is busy. */
const deadlineMs = 120_000;

let mesh: TestMesh;
const balancers = new Map<ServiceName, Balancer>();

beforeAll(async () => {
  mesh = await testMesh({
    env: { SHUTDOWN_DRAIN_MS: `${drainMs}`, SHUTDOWN_DEADLINE_MS: `${deadlineMs}` },
  });
});
afterAll(async () => {
  for (const { close } of balancers.values()) close();
  await mesh?.stop();
});

const startReplica = async (name: ServiceName): Promise<RunningService> => {
  const replica = await mesh.replica(name);
  await balancers.get(name)?.add(replica.url);
  return replica;
};

/** Requests to every service without a pause, none of them repeated. */
const startLoad = (traffic: Traffic) => {
  const failures: string[] = [];
  const answered = new Map<ServiceName, number>();
  let isOver = false;
  let [sent, accepted, created] = [0, 0, 0];
  const call = async (name: ServiceName, path: string, body?: object): Promise<boolean> => {
    const init = body && {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(body),
    };
    try {
      const response = await balancers.get(name)?.fetch(path, init);
      const text = await response?.text();
      if (!response?.ok) throw new Error(`${response?.status} ${text}`);
      answered.set(name, (answered.get(name) ?? 0) + 1);
      return true;
    } catch (error) {
      failures.push(`${name} ${path}: ${error} ${(error as Error).cause ?? ''}`);
      return false;
    }
  };
  const record = async () => {
    const occurredAt = () => new Date(Date.UTC(2026, 0, 1) + sent * 1_234_567);
    const events = Array.from({ length: batch }, () => activityOf(traffic, sent++, occurredAt()));
    if (await call('user', '/api/v1/events/batch', { events })) accepted += batch;
  };
  const create = async () => {
    if (await call('product', '/api/v1/products', { name: 'Of an update', price: 1.5, stock: null }))
      created += 1;
  };
  const all = [
    record,
    create,
    () => call('product', `/api/v1/products/${traffic.products[0]}`),
    () => call('recommendation', '/api/v1/recommendations?strategy=popular'),
    () => call('analytics', '/api/v1/analytics/summary?window=all'),
  ].map(async (work) => {
    while (!isOver) await work();
  });
  return {
    answered: (name: ServiceName) => answered.get(name) ?? 0,
    stop: async () => {
      isOver = true;
      await Promise.all(all);
      return { failures, accepted, created };
    },
  };
};

test('an update of every service, replica by replica under load, fails no request, loses nothing and counts nothing twice', async () => {
  const old = new Map<ServiceName, RunningService[]>();
  await Promise.all(
    serviceNames.map(async (name) => {
      const balancer = openBalancer();
      balancers.set(name, balancer);
      const first = mesh.service(name);
      await balancer.add(first.url);
      old.set(name, [first, await startReplica(name)]);
    }),
  );
  const traffic = await startTraffic(mesh);
  const load = startLoad(traffic);
  await Promise.all(
    [...old].map(async ([name, replicas]) => {
      for (const replica of replicas) {
        await startReplica(name);
        const before = load.answered(name);
        replica.kill('SIGTERM');
        expect(await replica.exited).toMatchObject({ code: 0 });
        expect(load.answered(name)).toBeGreaterThan(before);
      }
    }),
  );
  const { failures, accepted, created } = await load.stop();
  expect(failures).toEqual([]);
  const [stored] = await mesh.sql`
    select (select count(*) from user_service.events) as accepted,
      (select count(*) from product_service.products where name = 'Of an update') as created`;
  expect(stored).toMatchObject({ accepted, created });
  await expectProjectionsToMatch(mesh);
});
