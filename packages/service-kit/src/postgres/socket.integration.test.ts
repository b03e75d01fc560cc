import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type Link, openLink, withPort } from '@souk/testing/link.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { openLeadership } from '../outbox/leadership.ts';
import { silent } from '../testing/ledger.ts';
import { type Database, openPostgres, type Sql } from './database.ts';
import { errorCode, isConnectionError, isTransient } from './errors.ts';
import { migrate } from './migrate.ts';

const answerTimeoutMs = 2_000;

describe('a Postgres that vanishes without closing its connections', () => {
  let database: TestDatabase;
  let link: Link;
  let url: string;
  const databases: Database[] = [];
  const open = () => {
    const db = openPostgres({
      url,
      poolMax: 1,
      applicationName: 'unanswered',
      metrics: createMetrics('unanswered'),
      log: silent,
      answerTimeoutMs,
    });
    databases.push(db);
    return db;
  };

  beforeEach(async () => {
    database = await testDatabase('user');
    link = await openLink(Number(new URL(database.url).port));
    url = withPort(database.url, link.port);
  });
  afterEach(async () => {
    await Promise.all(databases.splice(0).map((db) => db.end()));
    link.close();
    await database.drop();
  });

  test('fails the running query as transient, whatever is sent behind it, and not those after it', async () => {
    const db = open();
    await db.ping();
    link.block();
    const behind: Promise<unknown>[] = [];
    const sending = setInterval(() => behind.push(failureOf(db.ping())), 100);
    const failure = await failureOf(db.ping());
    clearInterval(sending);
    expect([errorCode(failure), isConnectionError(failure), isTransient(failure)]).toEqual([
      'CONNECTION_CLOSED',
      true,
      true,
    ]);
    link.heal();
    expect(behind.length).toBeGreaterThan(0);
    await Promise.all(behind);
    await eventually(() => db.ping());
  });

  test('is not missed while it holds a transaction open', async () => {
    const db = open();
    const failure = await failureOf(
      db.transaction('test_transaction', async (tx) => {
        await tx`select 1`;
        link.block();
        await tx`select 2`;
      }),
    );
    expect([errorCode(failure), isTransient(failure)]).toEqual(['CONNECTION_CLOSED', true]);
    link.heal();
    await eventually(() => db.ping());
  });

  test('costs no connection that waits for nothing', async () => {
    const [idle, busy] = [open(), open()];
    const pid = await pidOf(idle.sql);
    await busy.ping();
    link.block();
    expect(errorCode(await failureOf(busy.ping()))).toBe('CONNECTION_CLOSED');
    link.heal();
    expect(await pidOf(idle.sql)).toBe(pid);
  });

  test('ends the leadership of a relay', async () => {
    const leadership = openLeadership(url, 'souk:test:vanished', answerTimeoutMs);
    expect(await leadership.acquire()).toBe(true);
    link.block();
    expect(errorCode(await failureOf(leadership.acquire()))).toBe('CONNECTION_CLOSED');
    link.heal();
    expect(isTransient(await failureOf(leadership.acquire()))).toBe(true);
    await leadership.release();
  });

  test('is no reason to hurry a migration', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'souk-migrations-'));
    await writeFile(join(folder, '0001_slow.sql'), `select pg_sleep(${(2 * answerTimeoutMs) / 1_000})`);
    await migrate(open(), [pathToFileURL(`${folder}/`)], silent, createMetrics('migrating'));
    await rm(folder, { recursive: true });
  });
});

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const pidOf = async (sql: Sql): Promise<number> => {
  const [row] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  return row.pid;
};
