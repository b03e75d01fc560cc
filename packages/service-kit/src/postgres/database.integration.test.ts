import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toProblem } from '../http/error-handler.ts';
import { createMetrics } from '../metrics.ts';
import { problem } from '../problem.ts';
import { silent } from '../testing/ledger.ts';
import { type Database, openPostgres } from './database.ts';
import { errorCode, isConnectionError, isDataError, isTransient, isUniqueViolation } from './errors.ts';
import { migrate } from './migrate.ts';

const tooLong = { statusCode: 503, code: 'query_timeout', headers: { 'retry-after': '1' } };

describe('a service’s Postgres', () => {
  let database: TestDatabase;
  let db: Database;
  const metrics = createMetrics('database-test');

  beforeEach(async () => {
    database = await testDatabase('user');
    db = openPostgres({ url: database.url, poolMax: 4, applicationName: 'victim', metrics, log: silent });
  });
  afterEach(async () => {
    await db.end();
    await database.drop();
  });

  test('refuses to read another service’s schema', async () => {
    const other = postgres(database.urls.product_service, { max: 1 });
    await other`create table product_service.secrets (id int)`;
    await other.end();
    await expect(db.sql`select id from product_service.secrets`).rejects.toMatchObject({ code: '42501' });
    await expect(db.sql`create table public.mine (id int)`).rejects.toMatchObject({ code: '42501' });
  });

  test('says how many reads and how many writes wait for a connection', async () => {
    const release = Promise.withResolvers<void>();
    const working = Array.from({ length: 7 }, () =>
      db.transaction('test_transaction', () => release.promise),
    );
    expect(db.waiting()).toEqual({ waitingReads: 0, waitingWrites: 3 });
    const reading = Array.from({ length: 6 }, () =>
      db.get('test_query', (sql) => sql`select pg_sleep(0.01)`),
    );
    expect(db.waiting()).toEqual({ waitingReads: 4, waitingWrites: 3 });
    release.resolve();
    await Promise.all([...working, ...reading]);
    expect(db.waiting()).toEqual({ waitingReads: 0, waitingWrites: 0 });
  });

  test('counts a unit of work that waits for a connection once, whatever it writes', async () => {
    const release = Promise.withResolvers<void>();
    const working = Array.from({ length: 7 }, () =>
      db.unit('test_unit', {
        first: () => release.promise,
        work: () => db.save('test_save', (sql) => sql`select 1`),
        last: async () => undefined,
      }),
    );
    const { waitingWrites } = db.waiting();
    release.resolve();
    await Promise.all(working);
    expect([waitingWrites, db.waiting().waitingWrites]).toEqual([3, 0]);
  });

  test('fails queries, and nothing else, when connections are ended at any moment, and none hangs', async () => {
    const admin = postgres(database.superuserUrl, { max: 1 });
    const outcomes = { succeeded: 0, failed: [] as unknown[] };
    let going = true;
    const query = () => db.get('test_query', (sql) => sql`select pg_sleep(${Math.random() / 500})`);
    const transaction = () =>
      db.transaction('test_transaction', async (tx) => {
        await tx`select 1`;
        await sleep(Math.random() * 3);
        await tx`select pg_sleep(0.001)`;
      });
    const work = async (access: () => Promise<unknown>) => {
      while (going)
        await access().then(
          () => {
            outcomes.succeeded += 1;
          },
          async (error) => {
            outcomes.failed.push(error);
            await sleep(1);
          },
        );
    };
    const workers = [query, query, query, transaction, transaction, transaction].map(work);
    for (let blow = 0; blow < 30; blow++) {
      await sleep(30);
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`;
    }
    going = false;
    await Promise.all(workers);
    await admin.end();
    expect(outcomes.succeeded).toBeGreaterThan(0);
    expect(outcomes.failed.length).toBeGreaterThan(0);
    expect(outcomes.failed.filter((error) => !isTransient(error))).toEqual([]);
    await db.ping();
  });

  test('fails the query that was running when its connection was ended, and not the next one', async () => {
    const admin = postgres(database.superuserUrl, { max: 1, onnotice: () => undefined });
    const own = openPostgres({
      url: database.url,
      poolMax: 1,
      applicationName: 'interrupted',
      metrics: createMetrics('interrupted'),
      log: silent,
    });
    const running = own.sql`select pg_sleep(60)`.catch((error: unknown) => error);
    await expect
      .poll(
        () => admin`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'interrupted' and query like '%pg_sleep%'`,
      )
      .toHaveLength(1);
    expect(isTransient(await running)).toBe(true);
    expect(await own.sql`select 1 as one`).toEqual([{ one: 1 }]);
    await own.end();
    await admin.end();
  });

  test('answers a query that is sent the moment another one learns that the connection was reset', async () => {
    const inner = new URL(database.url);
    const clients: Socket[] = [];
    const proxy = createServer((client) => {
      const server = connect(Number(inner.port), inner.hostname);
      for (const socket of [client, server]) socket.on('error', () => undefined);
      client.on('close', () => server.destroy());
      client.pipe(server).pipe(client);
      clients.push(client);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = new URL(database.url);
    url.hostname = '127.0.0.1';
    url.port = String((proxy.address() as AddressInfo).port);
    const own = openPostgres({
      ...{ url: url.href, poolMax: 1, applicationName: 'reset' },
      ...{ metrics: createMetrics('reset'), log: silent },
    });
    await own.sql`select 1`;
    const next = own.sql`select pg_sleep(60)`.catch(() => own.sql`select 1`.catch((error: unknown) => error));
    const admin = postgres(database.superuserUrl, { max: 1, onnotice: () => undefined });
    await expect
      .poll(
        () => admin`select pid from pg_stat_activity
        where application_name = 'reset' and state = 'active' and query like '%pg_sleep%'`,
      )
      .toHaveLength(1);
    clients[0]?.resetAndDestroy();
    const answer = await next;
    expect(Array.isArray(answer) || isTransient(answer)).toBe(true);
    await own.ping();
    await own.end();
    await admin.end();
    proxy.close();
  });

  test('counts every access once, under its kind and operation', async () => {
    const counted = createMetrics('counted');
    const own = openPostgres({
      url: database.url,
      poolMax: 1,
      applicationName: 'counted',
      metrics: counted,
      log: silent,
    });
    await own.get('one', (sql) => sql`select 1`);
    await own.getAll('all', (sql) => sql`select 1`);
    await own.save('write', (sql) => sql`create table t (id int primary key)`);
    await own.transaction('both', async (tx) => tx`insert into t values (1)`);
    const repeated = await own.save('write', (sql) => sql`insert into t values (1)`).catch((error) => error);
    await own.end();
    const text = await counted.registry.metrics();
    expect(isUniqueViolation(repeated, 't_pkey')).toBe(true);
    for (const line of [
      'db_successful_gets_total{service="counted"} 1',
      'db_successful_get_all_total{service="counted"} 1',
      'db_successful_saves_total{service="counted"} 2',
      'db_failed_saves_total{service="counted"} 1',
      'db_transaction_errors_total{service="counted"} 1',
      'db_query_errors_total{service="counted"} 1',
      'db_connection_errors_total{service="counted"} 0',
      'db_connection_acquire_total{service="counted"} 1',
      'db_connections_max_open{service="counted"} 2',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/db_query_errors_by_operation_total\{(service="counted",)?operation="write".*\} 1/);
    expect(text).toMatch(/db_connections_open\{service="counted"\} 0/);
  });

  test('undoes what a rule refuses, and counts it as no failure', async () => {
    const counted = createMetrics('refused');
    const own = openPostgres({
      ...{ url: database.url, poolMax: 1, applicationName: 'refused' },
      ...{ metrics: counted, log: silent },
    });
    await own.sql`create table t (id int primary key)`;
    await own.sql`insert into t values (1)`;
    const taken = problem(409, 'taken', 'another one has this id');
    const refusals = [
      own.transaction('by_rule', async (tx) => {
        await tx`insert into t values (2)`;
        throw taken;
      }),
      own.transaction('by_constraint', async (tx) => {
        await tx`insert into t values (1)`.catch(() => {
          throw taken;
        });
      }),
    ];
    for (const refused of refusals) await expect(refused).rejects.toBe(taken);
    expect(await own.sql`select id from t`).toEqual([{ id: 1 }]);
    await own.end();
    const text = await counted.registry.metrics();
    for (const line of [
      'db_successful_saves_total{service="refused"} 2',
      'db_failed_saves_total{service="refused"} 0',
      'db_transaction_errors_total{service="refused"} 0',
      'db_query_errors_total{service="refused"} 0',
      'db_save_duration_seconds_count{service="refused"} 2',
    ])
      expect(text).toContain(line);
    expect(text).not.toMatch(/db_query_errors_by_operation_total\{/);
  });

  test('ends a read that takes too long, while writes go on beside it', async () => {
    const own = openPostgres({
      ...{ url: database.url, poolMax: 1, applicationName: 'reading', readTimeoutMs: 3_000 },
      ...{ metrics: createMetrics('reading'), log: silent },
    });
    const reads = Promise.allSettled([
      own.getAll('slow_list', (sql) => sql`select pg_sleep(60)`),
      own.get('slow_read', (sql) => sql`select pg_sleep(60)`),
    ]);
    const wrote = await Promise.race([
      reads.then(() => 'last'),
      own.save('write', (sql) => sql`create table t (id int)`).then(() => 'first'),
    ]);
    expect(wrote).toBe('first');
    for (const read of await reads) {
      expect(read.status).toBe('rejected');
      if (read.status === 'rejected') expect(toProblem(read.reason)).toMatchObject(tooLong);
    }
    await own.end();
  });

  test('is not there while it takes no writes, and is again on new connections, without a restart', async () => {
    const admin = postgres(database.superuserUrl, { max: 1 });
    await db.sql`create table t (id int)`;
    await Promise.all([db.ping(), db.ping(), db.ping(), db.get('read', (sql) => sql`select 1`)]);
    // As after a failover: the connections there are lead to a server that takes no writes, new ones to another.
    await admin`alter database ${admin(database.name)} set default_transaction_read_only = on`;
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`;
    await expect.poll(() => db.ping().catch(errorCode)).toBe('25006');
    await Promise.all(
      Array.from({ length: 8 }, () => db.getAll('read', (sql) => sql`select 1`).catch(() => 0)),
    );
    const refused = await db.save('write', (sql) => sql`insert into t values (1)`).catch((error) => error);
    expect(toProblem(refused)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    await admin`
      begin read write; alter database ${admin(database.name)} reset default_transaction_read_only; commit`.simple();
    for (let count = 0; count < 8; count++) await db.save('write', (sql) => sql`insert into t values (1)`);
    await expect.poll(() => db.ping().catch(errorCode)).toBeUndefined();
    await admin.end();
  });

  test('tells connection, transient and data errors apart', async () => {
    const of = async (text: string) => db.sql.unsafe(text).catch((error: unknown) => error);
    const division = await of('select 1/0');
    expect([isDataError(division), isTransient(division)]).toEqual([true, false]);
    const syntax = await of('selectt');
    expect([isDataError(syntax), isTransient(syntax)]).toEqual([false, false]);
    const cancelled = await of(`set statement_timeout = 5; select pg_sleep(1)`);
    expect([errorCode(cancelled), isTransient(cancelled)]).toEqual(['57014', true]);
    const unreachable = openPostgres({
      url: 'postgres://nobody@127.0.0.1:1/none',
      poolMax: 1,
      applicationName: 'none',
      metrics: createMetrics('none'),
      log: silent,
    });
    // More often than the pool is large: a refused connection must not be lost to it.
    for (let attempt = 0; attempt < 5; attempt++) {
      const refused = await unreachable.ping().catch((error: unknown) => error);
      expect([isConnectionError(refused), isTransient(refused)]).toEqual([true, true]);
    }
    await unreachable.end();
  });
});

describe('migrations', () => {
  let database: TestDatabase;
  let folder: string;
  const databases: Database[] = [];
  const open = () => {
    const db = openPostgres({
      url: database.url,
      poolMax: 2,
      applicationName: 'migrating',
      metrics: createMetrics('migrating'),
      log: silent,
    });
    databases.push(db);
    return db;
  };
  const run = (db: Database) =>
    migrate(db, [pathToFileURL(`${folder}/`)], silent, createMetrics('migrating'));

  beforeEach(async () => {
    database = await testDatabase('user');
    folder = await mkdtemp(join(tmpdir(), 'souk-migrations-'));
    await writeFile(
      join(folder, '0001_first.sql'),
      'create table runs (id int); insert into runs values (1)',
    );
  });
  afterEach(async () => {
    await Promise.all(databases.splice(0).map((db) => db.end()));
    await database.drop();
    await rm(folder, { recursive: true });
  });

  test('run once, also when replicas start together', async () => {
    await Promise.all([open(), open(), open()].map(run));
    expect(await (databases[0] as Database).sql`select id from runs`).toHaveLength(1);
  });

  test('are all or nothing, and go on from the one that failed', async () => {
    await writeFile(join(folder, '0002_second.sql'), 'insert into runs values (2); select nonsense');
    const db = open();
    await expect(run(db)).rejects.toMatchObject({ code: '42703' });
    expect(await db.sql`select id from runs`).toHaveLength(1);
    await writeFile(join(folder, '0002_second.sql'), 'insert into runs values (2)');
    await run(db);
    expect(await db.sql`select id from runs`).toHaveLength(2);
  });

  test('stand in nobody’s way for long when somebody reads a table that they change, and are tried again', async () => {
    const db = open();
    await run(db);
    await writeFile(join(folder, '0002_second.sql'), 'alter table runs add column note text');
    await db.sql.begin(async (reader) => {
      await reader`select id from runs`;
      const failure = await run(open()).catch((error: unknown) => error);
      expect([errorCode(failure), isTransient(failure)]).toEqual(['55P03', true]);
    });
    await run(db);
    expect(await db.sql`select note from runs`).toHaveLength(1);
  });

  test('are refused when one that was applied has changed', async () => {
    const db = open();
    await run(db);
    await writeFile(join(folder, '0001_first.sql'), 'create table others (id int)');
    await expect(run(db)).rejects.toThrow('migration 0001_first.sql was changed after it had been applied');
  });
});
