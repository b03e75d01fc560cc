import { ownerRole, type ServiceName, serviceNames, services } from '@souk/contracts/services.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import type { TestPostgres } from '@souk/testing/servers.ts';
import { spawnService } from '@souk/testing/service.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const refused = '42501';

const codeOf = (work: PromiseLike<unknown>): Promise<string> =>
  Promise.resolve(work).then(
    () => 'done',
    (error: { code?: string }) => `${error.code}`,
  );
const open = (url: string) => postgres(url, { max: 1, onnotice: () => undefined });

describe("a service's role in Postgres", () => {
  let server: TestPostgres;
  let admin: postgres.Sql;
  const clients: postgres.Sql[] = [];
  const as = (role: Parameters<TestPostgres['url']>[0]) => {
    const sql = open(server.url(role));
    clients.push(sql);
    return sql;
  };

  beforeAll(async () => {
    server = await testPostgres({ owners: true });
    admin = as('postgres');
    for (const name of serviceNames) expect(await migrated(server, name)).toBe(0);
  });
  afterAll(async () => {
    await Promise.all(clients.map((sql) => sql.end()));
    await server?.remove();
  });

  test('owns nothing and changes no schema, and reads no other', async () => {
    for (const name of serviceNames) {
      const { role } = services[name];
      const [{ owned }] = await admin<[{ owned: number }]>`
        select count(*)::int as owned from pg_class where relowner = ${role}::regrole`;
      expect([name, owned]).toEqual([name, 0]);
      const sql = as(role);
      const attempts = [
        'create table mine (id int)',
        'create schema mine',
        'create temp table mine (id int)',
        'alter table schema_migrations add column mine int',
        'drop table schema_migrations',
        'insert into schema_migrations (name, checksum) values (1, 1)',
        `set role ${ownerRole(name)}`,
        ...serviceNames
          .filter((other) => other !== name)
          .map((other) => `select 1 from ${services[other].role}.schema_migrations`),
      ];
      for (const attempt of attempts)
        expect([attempt, await codeOf(sql.unsafe(attempt))]).toEqual([attempt, refused]);
    }
  });

  test('inserts into the outbox and the audit and reads them, and changes, deletes and hides nothing there', async () => {
    for (const role of ['user_service', 'product_service'] as const) {
      const sql = as(role);
      const day = new Date().toISOString().slice(0, 10);
      const partition = `outbox_${day.replaceAll('-', '')}`;
      const create = (name: string) =>
        codeOf(
          sql`select create_time_partition('outbox', 'created_at', ${name}, ${day}, ${day}::date + 1, 100)`,
        );
      expect(await create(partition)).toBe('done');
      expect(await create('users_20260101')).toBe(refused);
      const insert = sql`insert into outbox (event_id, type, key, data) values (gen_random_uuid(), 'x', 'y', '{}')`;
      expect(await codeOf(insert)).toBe('done');
      expect(await codeOf(sql`select count(*) from outbox`)).toBe('done');
      for (const table of ['outbox', 'outbox_default', partition, 'audit', 'audit_default'])
        for (const attempt of [
          `update ${table} set created_at = now()`,
          `delete from ${table}`,
          `truncate ${table}`,
          `alter table ${table} disable trigger all`,
        ])
          expect([attempt, await codeOf(sql.unsafe(attempt))]).toEqual([attempt, refused]);
      const drop = sql`select drop_time_partition('outbox', ${partition})`;
      expect(await codeOf(drop)).toBe(refused);
    }
  });
});

describe('a schema with an owner', () => {
  test('is migrated by the owner alone, and its service waits for that', async () => {
    const server = await testPostgres({ owners: true });
    const service = await spawnService('user', env(server, 'user'));
    await eventually(() =>
      expect(service.logs.join('\n')).toContain('run the service once with MIGRATION_DATABASE_URL'),
    );
    expect(await migrated(server, 'user')).toBe(0);
    await eventually(() => expect(service.logs.join('\n')).toContain('waiting for kafka'));
    await service.stop();
    await server.remove();
  });

  test('takes over what the role of its service has owned so far', async () => {
    const server = await testPostgres({ owners: true });
    const onServer = async <T>(
      role: Parameters<TestPostgres['url']>[0],
      work: (sql: postgres.Sql) => Promise<T>,
    ) => {
      const sql = open(server.url(role));
      return work(sql).finally(() => sql.end());
    };
    const owners = () =>
      onServer('postgres', async (sql) => {
        const rows = await sql<{ owner: string }[]>`
          select distinct relowner::regrole::text as owner from pg_class
          where relnamespace = 'user_service'::regnamespace`;
        return rows.map(({ owner }) => owner);
      });
    await onServer('postgres', (sql) => sql`alter schema user_service owner to user_service`);
    const alone = await spawnService('user', { ...env(server, 'user'), MIGRATE_ONLY: 'true' });
    expect((await alone.exited).code).toBe(0);
    expect(await owners()).toEqual(['user_service']);

    await server.stop();
    await server.start();
    expect(await owners()).toEqual(['user_service_owner']);
    expect(await migrated(server, 'user')).toBe(0);
    await onServer('user_service', async (sql) => {
      expect(await codeOf(sql`select count(*) from users`)).toBe('done');
      expect(await codeOf(sql`delete from outbox`)).toBe(refused);
    });
    await server.remove();
  });
});

const env = (server: TestPostgres, name: ServiceName) => ({
  KAFKA_BROKERS: '127.0.0.1:1',
  DATABASE_URL: server.url(services[name].role),
});

/** How a service ended that was run for its migrations alone. */
const migrated = async (server: TestPostgres, name: ServiceName): Promise<number | null> => {
  const migrations = { MIGRATION_DATABASE_URL: server.url(ownerRole(name)), MIGRATE_ONLY: 'true' };
  return (await (await spawnService(name, { ...env(server, name), ...migrations })).exited).code;
};
