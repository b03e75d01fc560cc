import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProjectionsToMatch } from './projections.ts';
import { startTraffic, type Traffic } from './traffic.ts';

// The moment to kill is found by holding a lock that the process needs for its next step, never by a sleep
// or by a switch in the code under test.

describe('killed at the worst moment, nothing is lost and nothing is counted twice', () => {
  let mesh: TestMesh;
  let traffic: Traffic;

  beforeAll(async () => {
    mesh = await testMesh();
    traffic = await startTraffic(mesh);
    await traffic.activity(200);
    await expectProjectionsToMatch(mesh);
  });
  afterAll(() => mesh?.stop());

  const sequences = async (topic = 'user-updates') =>
    (await readTopic(mesh.broker.brokers, topic)).map((message) => headerOf(message, 'ce_sequence'));
  const unpublished = async (schema = 'user_service') => {
    const [row] = await mesh.sql`
      select count(*) as count from ${mesh.sql(schema)}.outbox
      where id > (select last_id from ${mesh.sql(schema)}.outbox_cursor)`;
    return row?.count as number;
  };
  const waitingForLock = async (role: string) => {
    const [row] = await mesh.sql`
      select count(*) as count from pg_stat_activity where usename = ${role} and wait_event_type = 'Lock'`;
    return row?.count as number;
  };
  const openTransactions = async (role: string) => {
    const [row] = await mesh.sql`
      select count(*) as count from pg_stat_activity where usename = ${role} and backend_xid is not null`;
    return row?.count as number;
  };
  const repeats = async (url: string) => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const lines = metrics.matchAll(/^kafka_messages_consumed_total\{.*status="repeated".*\} (\d+)$/gm);
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  /** What the network does to a dead client's sessions, without waiting for its keep-alive. */
  const endSessions = (role: string) =>
    mesh.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`;

  /** Runs `during` while a transaction of the superuser holds what `lock` takes. */
  const holding = async (lock: (sql: TestMesh['sql']) => Promise<unknown>, during: () => Promise<void>) => {
    await mesh.sql.begin(async (tx) => {
      await lock(tx as unknown as TestMesh['sql']);
      await during();
    });
  };

  /** Runs `during` when a hundred events more are on the topic, and the relay cannot store its cursor behind them. */
  const publishedAndStuck = (before: number, during: () => Promise<void>) =>
    holding(
      (sql) => sql`select last_id from user_service.outbox_cursor for update`,
      async () => {
        await traffic.activity(100);
        await eventually(async () => expect(await sequences()).toHaveLength(before + 100));
        await eventually(async () => expect(await waitingForLock('user_service')).toBeGreaterThan(0));
        await during();
      },
    );

  test('the owner between commit and publish', async () => {
    await mesh.service('user').stop();
    const connection = await mesh.sql.reserve();
    // The relay's lock: the service accepts and commits, and cannot publish.
    await connection`select pg_advisory_lock(hashtextextended('souk:relay:user-updates', 0))`;
    const user = await mesh.start('user', { wait: false });
    await eventually(async () => expect((await fetch(`${user.url}/live`)).status).toBe(200));
    await eventually(() => traffic.activity(100));
    expect(await unpublished()).toBe(100);
    user.kill('SIGKILL');
    await user.exited;
    await connection`select pg_advisory_unlock_all()`;
    connection.release();
    expect(await unpublished()).toBe(100);
    await mesh.start('user');
    await expectProjectionsToMatch(mesh);
  });

  test('the owner between publish and storing its cursor', async () => {
    const before = (await sequences()).length;
    await publishedAndStuck(before, async () => {
      mesh.service('user').kill('SIGKILL');
      await mesh.service('user').exited;
      await endSessions('user_service');
    });
    await mesh.start('user');
    await eventually(async () => expect(await unpublished()).toBe(0));
    const after = await sequences();
    expect(after).toHaveLength(before + 200); // The same hundred again, with the same numbers.
    expect(new Set(after).size).toBe(before + 100);
    await expectProjectionsToMatch(mesh);
  });

  for (const [consumer, table] of [
    ['analytics', 'analytics_service.user_products'],
    ['recommendation', 'recommendation_service.products'],
  ] as const) {
    test(`${consumer} in the middle of a batch`, async () => {
      await holding(
        (sql) => sql.unsafe(`lock table ${table} in exclusive mode`),
        async () => {
          await traffic.activity(100);
          await eventually(async () =>
            expect(await waitingForLock(`${consumer}_service`)).toBeGreaterThan(0),
          );
          mesh.service(consumer).kill('SIGKILL');
          await mesh.service(consumer).exited;
          await endSessions(`${consumer}_service`);
        },
      );
      await mesh.start(consumer);
      await expectProjectionsToMatch(mesh);
    });

    test(`${consumer} between its projection and the offset commit`, async () => {
      const schema = `${consumer}_service`;
      // Postgres waits for this lock inside COMMIT: frozen then, the process never hears of it.
      await mesh.sql.unsafe(`
        create function ${schema}.wait_in_commit() returns trigger language plpgsql as
          $$ begin perform pg_advisory_xact_lock_shared(1); return null; end $$;
        create constraint trigger wait_in_commit after update on ${schema}.consumer_positions
          deferrable initially deferred for each row execute function ${schema}.wait_in_commit()`);
      await holding(
        (sql) => sql`select pg_advisory_xact_lock(1)`,
        async () => {
          await traffic.activity(1); // One event, one transaction.
          await eventually(async () => expect(await waitingForLock(schema)).toBeGreaterThan(0));
          mesh.service(consumer).kill('SIGSTOP');
        },
      );
      await eventually(async () => expect(await openTransactions(schema)).toBe(0));
      mesh.service(consumer).kill('SIGKILL');
      await mesh.service(consumer).exited;
      await mesh.sql.unsafe(`
        drop trigger wait_in_commit on ${schema}.consumer_positions; drop function ${schema}.wait_in_commit()`);
      const restarted = await mesh.start(consumer);
      await expectProjectionsToMatch(mesh);
      await eventually(async () => expect(await repeats(restarted.url)).toBeGreaterThan(0));
    });
  }

  test('every event delivered twice', async () => {
    const owners = ['user', 'product'] as const;
    const consumers = ['analytics', 'recommendation'] as const;
    const inTopics = () => Promise.all(owners.map((owner) => sequences(`${owner}-updates`)));
    const repeatsOf = () => Promise.all(consumers.map((name) => repeats(mesh.service(name).url)));
    const [before, repeatsBefore] = [await inTopics(), await repeatsOf()];
    const events = before.map((ofOwner) => new Set(ofOwner).size);
    for (const owner of owners) {
      await mesh.service(owner).stop();
      await mesh.sql`update ${mesh.sql(`${owner}_service`)}.outbox_cursor set last_id = 0`;
    }
    await Promise.all(owners.map((owner) => mesh.start(owner)));
    for (const owner of owners)
      await eventually(async () => expect(await unpublished(`${owner}_service`)).toBe(0));
    // All of them once more, with the same numbers, and every one has come to both consumers again.
    const after = await inTopics();
    expect(after.map(({ length }) => length)).toEqual(
      before.map(({ length }, index) => length + (events[index] as number)),
    );
    expect(after.map((ofOwner) => new Set(ofOwner).size)).toEqual(events);
    const delivered = events.reduce((sum, count) => sum + count, 0);
    await eventually(async () =>
      expect(await repeatsOf()).toEqual(repeatsBefore.map((count) => count + delivered)),
    );
    await traffic.changes();
    await expectProjectionsToMatch(mesh);
  });

  test('two relays at once, one of them frozen in its batch and unaware that it was replaced', async () => {
    const first = mesh.service('user');
    const second = await mesh.replica('user');
    const earlier = await sequences();
    const before = earlier.length;
    await publishedAndStuck(before, async () => {
      first.kill('SIGSTOP');
      await mesh.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'user_service' and application_name = 'souk:relay:user-updates'
          and pid in (select pid from pg_locks where locktype = 'advisory' and granted)`;
      await eventually(async () => {
        const metrics = await (await fetch(`${second.url}/metrics`)).text();
        expect(metrics).toMatch(/outbox_relay_leader\{.*\} 1/);
      });
      await eventually(async () => expect(await sequences()).toHaveLength(before + 200));
    });
    first.kill('SIGCONT');
    await traffic.activity(50);
    await eventually(async () => expect(await unpublished()).toBe(0));
    const after = await sequences();
    expect(after).toHaveLength(before + 250); // The first hundred twice; awake again, the first one sends no more.
    expect(new Set(after).size).toBe(new Set(earlier).size + 150);
    await traffic.changes();
    await expectProjectionsToMatch(mesh);
    await second.stop();
    await traffic.activity(50);
    await expectProjectionsToMatch(mesh);
  });

  test('the broker, which comes back without its log', async () => {
    await traffic.activity(100);
    await mesh.broker.stop();
    await traffic.activity(100);
    await mesh.broker.start();
    await traffic.changes();
    await expectProjectionsToMatch(mesh);
    const distinct = new Set(await sequences());
    const [row] = await mesh.sql`select count(*) as count from user_service.outbox`;
    expect(distinct.size).toBe(row?.count);
  });

  test('Postgres itself, again and again, with everything connected to it', async () => {
    for (let round = 0; round < 3; round++) {
      await traffic.activity(100);
      await mesh.postgres.stop('SIGKILL');
      await expect(traffic.activity(1)).rejects.toThrow(/503/);
      await mesh.postgres.start();
      await eventually(() => traffic.activity(100));
      await expectProjectionsToMatch(mesh);
    }
  });

  test('every service at once, in the middle of the flow', async () => {
    await traffic.activity(1000);
    for (const name of ['user', 'product', 'recommendation', 'analytics'] as const)
      mesh.service(name).kill('SIGKILL');
    await Promise.all(
      (['user', 'product', 'recommendation', 'analytics'] as const).map((name) => mesh.start(name)),
    );
    await traffic.activity(100);
    await expectProjectionsToMatch(mesh);
  });
});
