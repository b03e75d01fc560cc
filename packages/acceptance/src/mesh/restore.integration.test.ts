import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../http-call.ts';
import { startTraffic, type Traffic } from '../resilience/traffic.ts';
import { runSouk } from '../run-souk.ts';

describe('a service whose database was restored from a backup', () => {
  let mesh: TestMesh;
  let traffic: Traffic;

  beforeAll(async () => {
    mesh = await testMesh();
    traffic = await startTraffic(mesh);
  });
  afterAll(() => mesh?.stop());

  const advance = () =>
    runSouk([
      ...['outbox', 'advance', 'user', '--brokers', mesh.broker.brokers],
      ...['--database-url', mesh.postgres.url('user_service')],
    ]);
  const counted = async (): Promise<number> => {
    const [row] = await mesh.sql<[{ count: number }]>`
      select coalesce(sum(count), 0)::bigint as count from analytics_service.user_activity`;
    return row.count;
  };
  const highest = async (): Promise<number> => {
    const messages = await readTopic(mesh.broker.brokers, 'user-updates');
    return Math.max(...messages.map((message) => Number(headerOf(message, 'ce_sequence'))));
  };
  const lastGiven = async (): Promise<number> => {
    const [row] = await mesh.sql<
      [{ given: number }]
    >`select last_value as given from user_service.outbox_id_seq`;
    return row.given;
  };
  /** Takes the service's tables back to what they are now, as a backup does: what comes after is gone. */
  const backup = async () => {
    await mesh.sql`drop table if exists public.backup`;
    await mesh.sql`create table public.backup as select * from user_service.outbox_cursor`;
    const given = await lastGiven();
    return async () => {
      await mesh.sql`delete from user_service.events e using user_service.outbox o
        where o.id > ${given} and o.data ->> 'event_id' = e.id::text`;
      await mesh.sql`delete from user_service.outbox where id > ${given}`;
      await mesh.sql`update user_service.outbox_cursor c set last_id = b.last_id, log_ends = b.log_ends from public.backup b`;
      await mesh.sql`select setval('user_service.outbox_id_seq', ${given})`;
    };
  };

  test('numbers its events past all that it published, so that none is taken for a repeat', async () => {
    await traffic.activity(100);
    await eventually(async () => expect(await counted()).toBe(100));
    const restore = await backup();
    await traffic.activity(200);
    await eventually(async () => expect(await counted()).toBe(300));
    expect(await advance()).toMatchObject({ code: 1, output: expect.stringContaining('stop it first') });
    await mesh.service('user').stop();
    await restore();
    const published = await highest();
    expect(await lastGiven()).toBe(published - 200);

    const { code, output } = await advance();

    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/200 {2}user\.activity_recorded\.v1/),
    });
    expect(await lastGiven()).toBe(published);
    await mesh.start('user');
    await traffic.activity(50);
    await eventually(async () => expect(await counted()).toBe(350));
  });

  test('deletes again whom the backup brought back', async () => {
    const { url } = mesh.service('user');
    const register = async (email: string) => {
      const { body } = await call('POST', `${url}/users`, { email, name: 'Ada' });
      return body.id as string;
    };
    const [gone, stays] = [await register('gone@example.com'), await register('stays@example.com')];
    await mesh.sql`create table public.users_before as select * from user_service.users where id = ${gone}`;
    expect((await call('DELETE', `${url}/users/${gone}`)).status).toBe(204);
    await eventually(async () => {
      const messages = await readTopic(mesh.broker.brokers, 'user-updates');
      expect(messages.map((message) => headerOf(message, 'ce_type'))).toContain('user.deleted.v1');
    });
    await mesh.sql`
      insert into user_service.users (
        id, email, name, first_name, last_name, password_hash, cart, version, created_at, updated_at)
      select id, email, name, first_name, last_name, password_hash, cart, version, created_at, updated_at
      from public.users_before`;
    expect((await call('GET', `${url}/users/${gone}`)).status).toBe(200);
    const replay = () => runSouk(['erasures', 'replay', '--brokers', mesh.broker.brokers, '--user-url', url]);

    expect(await replay()).toEqual({ code: 0, output: expect.stringContaining(gone) });

    expect((await call('GET', `${url}/users/${gone}`)).status).toBe(404);
    expect((await call('GET', `${url}/users/${stays}`)).status).toBe(200);
    expect(await replay()).toEqual({ code: 0, output: expect.stringContaining('Deleted again: 0.') });
  });

  test('has nothing to do when it is past them already', async () => {
    await mesh.service('user').stop();
    const given = await lastGiven();
    expect(await advance()).toMatchObject({ code: 0, output: expect.stringContaining('Nothing to do') });
    expect(await lastGiven()).toBe(given);
  });

  test('knows which events it lacks although its numbers are past them', async () => {
    const restore = await backup();
    const given = await lastGiven();
    await mesh.start('user');
    await traffic.activity(30);
    await eventually(async () => expect(await counted()).toBe(380));
    await mesh.service('user').stop();
    const published = await highest();
    await restore();
    await mesh.sql`select setval('user_service.outbox_id_seq', ${published + 32})`;

    const { code, output } = await advance();

    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^Nothing to do[\s\S]*30 {2}user\.activity_recorded\.v1/),
    });
    expect(await lastGiven()).toBe(published + 32);
    expect(published).toBeGreaterThan(given);
  });

  test('is told when it wrote while the topic was read', async () => {
    const restore = await backup();
    await mesh.start('user');
    await traffic.activity(10);
    await eventually(async () => expect(await counted()).toBe(390));
    await mesh.service('user').stop();
    await restore();
    const given = await lastGiven();
    const write = await mesh.sql.reserve();
    await write`begin`;
    await write`lock table user_service.outbox in row exclusive mode`;
    const advancing = advance();
    await eventually(async () => {
      expect(
        await mesh.sql`select from pg_locks where not granted and relation = 'user_service.outbox'::regclass`,
      ).toHaveLength(1);
    });
    await write`insert into user_service.outbox (event_id, type, key, data)
      values (gen_random_uuid(), 'user.updated.v1', gen_random_uuid(), '{}')`;
    await write`commit`;
    write.release();

    expect(await advancing).toMatchObject({
      code: 1,
      output: expect.stringContaining('user wrote meanwhile'),
    });
    expect(await lastGiven()).toBe(given + 1);
  });

  test.each([
    ['a service that publishes nothing', 'analytics', 'Allowed choices are user, product'],
    ['another service’s database', 'product', 'this is not the database of product'],
  ])('refuses %s in one line', async (_, service, message) => {
    const { code, output } = await runSouk([
      ...['outbox', 'advance', service, '--brokers', mesh.broker.brokers],
      ...['--database-url', mesh.postgres.url('user_service')],
    ]);
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toEqual([expect.stringContaining(message)]);
  });
});
