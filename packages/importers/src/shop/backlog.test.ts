import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { expect, test } from 'vitest';
import { createFlow, readBacklog } from './backlog.ts';
import type { ServiceUrls } from './service-urls.ts';
import { standInMesh } from './testing/stand-in-mesh.ts';

/** Gives the answers one after the other, and the last again and again. */
const reading = (...answers: (number | Error)[]) => {
  const reads: (number | Error)[] = [];
  const read = async () => {
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) as number | Error;
    reads.push(answer);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { read, reads };
};

test('counts what waits in both outboxes, orders by their events, and what the slower consumer has not applied', async () => {
  const entries = await Promise.all(serviceNames.map(async (name) => [name, await standInMesh()] as const));
  for (const [, service] of entries) service.metrics = 'kafka_consumer_lag 0\n';
  const { user, product, recommendation, analytics } = Object.fromEntries(entries) as Record<
    ServiceName,
    Mesh
  >;
  user.metrics = 'outbox_pending 5\n';
  product.metrics = 'outbox_pending 2\nkafka_consumer_lag{topic="orders",partition="0"} 3\n';
  recommendation.metrics = 'kafka_consumer_lag{partition="0"} 10\nkafka_consumer_lag{partition="1"} 20\n';
  analytics.metrics = 'kafka_consumer_lag{partition="0"} 25\n';
  const urls = Object.fromEntries(entries.map(([name, { url }]) => [name, url])) as ServiceUrls;
  expect(await readBacklog(urls, 25)).toBe(5 + 2 + 3 * 25 + 30);
  // Outside its group a consumer does not know what it misses.
  analytics.metrics = '';
  await expect(readBacklog(urls, 25)).rejects.toThrow('shows no kafka_consumer_lag');
  for (const [, service] of entries) service.close();
});

type Mesh = Awaited<ReturnType<typeof standInMesh>>;

test('lets nothing more through while the consumers are too far behind, and tells how far', async () => {
  const waits: (number | undefined)[] = [];
  const { read, reads } = reading(900, 1_500, new Error('away'), 1_200, 1_000);
  const flow = createFlow({ read, behindMax: 1_000, stuckMaxMs: 60_000, onWait: (at) => waits.push(at) });
  await flow.pass(200);
  expect(reads).toEqual([]);
  await flow.pass(100);
  expect(reads).toEqual([900]);
  await Promise.all([flow.pass(400), flow.pass(400)]);
  expect(reads).toHaveLength(5);
  expect(waits).toEqual([undefined, 1_500, 1_200, undefined]);
});

test('fails when the consumers make no progress, or cannot be seen', async () => {
  const options = { behindMax: 1_000, stuckMaxMs: 0, onWait: () => undefined };
  const stuck = createFlow({ ...options, read: reading(5_000).read });
  await expect(stuck.pass(1_000)).rejects.toThrow('the consumers have stayed 5000 events behind');
  const unseen = createFlow({ ...options, read: reading(new Error('connection refused')).read });
  await expect(unseen.drained()).rejects.toThrow('the consumers cannot be seen (connection refused)');
});

test('takes the consumers for caught up only after the gauges had time to tell', async () => {
  const { read, reads } = reading(0, 300, 0);
  const flow = createFlow({ read, behindMax: 1_000, stuckMaxMs: 60_000, onWait: () => undefined });
  await flow.pass(1);
  await flow.drained();
  expect(reads.length).toBeGreaterThan(3);
  expect(reads.slice(0, 3)).toEqual([0, 300, 0]);
});
