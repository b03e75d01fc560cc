import { consumersOf } from '@souk/contracts/services.ts';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { kafkaTopics, topics } from '@souk/contracts/topics.ts';
import { parseMetrics } from '@souk/importers/shop/prometheus-text.ts';
import { testKafka } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import type { TestKafka } from '@souk/testing/servers.ts';
import type { RunningService } from '@souk/testing/service.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../http-call.ts';
import { type Load, startLoad } from './load.ts';
import { expectProjectionsToMatch } from './projections.ts';
import { startTraffic, type Traffic } from './traffic.ts';

/** Activities: what the load acknowledges before and after something happens to the mesh. */
const some = 200;
const allPartitions = ['0', '1', '2', '3'];

// On containers only: the in-memory broker keeps no log when it is stopped.
describe('while clients go on writing, nothing is lost and nothing is counted twice', () => {
  let broker: TestKafka;
  let mesh: TestMesh;
  let traffic: Traffic;

  beforeAll(async () => {
    broker = await testKafka(kafkaTopics.map(({ name }) => name));
    mesh = await testMesh({ broker });
    traffic = await startTraffic(mesh);
  });
  afterAll(() => (mesh ?? broker)?.stop());

  const stored = async () => {
    const [row] = await mesh.sql`select count(*) as count from user_service.events`;
    return row?.count as number;
  };
  const deadLetters = async () => {
    const names = topics.flatMap(({ name }) =>
      consumersOf(name).map((group) => deadLetterTopic(name, group)),
    );
    return (await Promise.all(names.map((name) => readTopic(broker.brokers, name)))).flat();
  };
  /** Gives what clients saw instead of an acknowledgement. */
  const underLoad = async (
    during: (load: Load) => Promise<void>,
    userUrls?: string[],
  ): Promise<ReadonlySet<string>> => {
    const before = await stored();
    const load = startLoad(mesh, traffic, userUrls);
    try {
      await load.more(some);
      await during(load);
      await load.more(some);
    } finally {
      await load.stop();
    }
    expect(await stored()).toBe(before + load.acknowledged());
    await expectProjectionsToMatch(mesh);
    expect(await deadLetters()).toEqual([]);
    return load.refusals;
  };
  const samples = async ({ url }: RunningService, metric: string) =>
    parseMetrics((await call('GET', `${url}/metrics`)).body).filter(({ name }) => name === metric);
  const partitionsOf = async (consumer: RunningService) =>
    (await samples(consumer, 'kafka_consumer_lag'))
      .filter(({ labels }) => labels.topic === 'user-updates')
      .map(({ labels }) => labels.partition);
  const applied = async (consumer: RunningService) =>
    (await samples(consumer, 'kafka_messages_consumed_total'))
      .filter(({ labels }) => labels.topic === 'user-updates' && labels.status === 'applied')
      .reduce((sum, { value }) => sum + value, 0);
  const leads = async (owner: RunningService) =>
    (await samples(owner, 'outbox_relay_leader'))[0]?.value === 1;

  test('the broker is stopped and started again, with its log', async () => {
    const refusals = await underLoad(async (load) => {
      await broker.stopKeepingLog();
      await load.more(some);
      await broker.startWithLog();
    });
    expect([...refusals]).toEqual([]);
    for (const owner of ['user', 'product'] as const)
      expect(mesh.service(owner).logs.join('\n')).not.toContain('the broker has lost its log');
  });

  test.each(['analytics', 'recommendation'] as const)(
    '%s shares its partitions with a second replica, and has them all again when that is killed',
    async (consumer) => {
      const first = mesh.service(consumer);
      await underLoad(async (load) => {
        const second = await mesh.replica(consumer);
        await eventually(async () => {
          const shares = await Promise.all([first, second].map(partitionsOf));
          expect(shares.map(({ length }) => length)).toEqual([2, 2]);
          expect(shares.flat().toSorted()).toEqual(allPartitions);
        });
        await eventually(async () => expect(await applied(second)).toBeGreaterThan(some));
        second.kill('SIGKILL');
        await second.exited;
        await load.more(some);
        await eventually(async () => expect((await partitionsOf(first)).toSorted()).toEqual(allPartitions));
      });
    },
  );

  test('the replica of an owner that leads the relay is killed, and the other one publishes', async () => {
    const first = mesh.service('user');
    const second = await mesh.replica('user');
    const bothUrls = [first.url, second.url];
    await underLoad(async (load) => {
      expect([await leads(first), await leads(second)]).toEqual([true, false]);
      first.kill('SIGKILL');
      await first.exited;
      await eventually(async () => expect(await leads(second)).toBe(true));
      await load.more(some);
    }, bothUrls);
    const third = await mesh.start('user');
    expect(await leads(third)).toBe(false);
    await second.stop();
    await eventually(async () => expect(await leads(third)).toBe(true));
  });

  test('Postgres is restarted, and clients are told to try again', async () => {
    const refusals = await underLoad(async (load) => {
      await mesh.postgres.stop();
      await eventually(() => expect(load.refusals.size).toBeGreaterThan(0));
      await mesh.postgres.start();
    });
    expect([...refusals]).toEqual(['503 dependency_unavailable']);
  });

  test('Redis is killed and started again, and recommendations are answered all the while', async () => {
    const recommendations = `${mesh.service('recommendation').url}/api/v1/recommendations?strategy=popular&limit=100`;
    const redisBecomes = (status: string) =>
      eventually(async () => {
        const { body } = await call('GET', `${mesh.service('recommendation').url}/health`);
        expect(body.dependencies.redis.status).toBe(status);
      });
    let over = false;
    const statuses = new Set<number>();
    const reader = async () => {
      while (!over) statuses.add((await call('GET', recommendations)).status);
    };
    const reading = Promise.all([reader(), reader()]);
    reading.catch(() => undefined);

    const refusals = await underLoad(async (load) => {
      await mesh.redis.stop();
      await redisBecomes('down');
      await load.more(some);
      await mesh.redis.start();
      await redisBecomes('ok');
    }).finally(() => {
      over = true;
    });
    await reading;

    expect([...refusals]).toEqual([]);
    expect([...statuses]).toEqual([200]);
    const expected = await mesh.sql`
      select products.id as product_id, sum(case type
        when 'view' then 1 when 'add_to_cart' then 3 when 'like' then 2 when 'purchase' then 5 else 0 end)::int as score
      from product_service.products join user_service.events on product_id = products.id
      where coalesce(stock, 1) > 0 group by products.id order by score desc, product_id`;
    await eventually(async () => {
      const { body } = await call('GET', recommendations);
      const items = body.items.map(({ product_id, score }: Item) => ({ product_id, score }));
      expect(items).toEqual([...expected]);
    });
  });
});

interface Item {
  product_id: string;
  score: number;
}
