import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import type { TestPostgres } from '@souk/testing/servers.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../http-call.ts';
import { startTraffic, type Traffic } from '../resilience/traffic.ts';
import { runSouk } from '../run-souk.ts';

// The user service has a server of its own, which archives its log as one in production does.
const folder = mkdtempSync(join('/tmp', 'souk-test-'));
const [cluster, backup, archive] = ['postgres', 'backup', 'archive'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const settings: Record<string, string> = {
  archive_mode: 'on',
  archive_command: `cp %p ${archive}/%f`,
  restore_command: `cp ${archive}/%f %p`,
  recovery_target_action: 'promote',
};
let server: TestPostgres;
let mesh: TestMesh;
let traffic: Traffic;

beforeAll(async () => {
  execFileSync('mkdir', ['-m', '777', archive]);
  chmodSync(folder, 0o755);
  server = await testPostgres({ durable: true, owners: true, folder, settings });
  mesh = await testMesh({
    env: (name) => ({
      ...(name === 'user' && {
        DATABASE_URL: server.url('user_service'),
        MIGRATION_DATABASE_URL: server.url('user_service_owner'),
      }),
    }),
  });
  traffic = await startTraffic(mesh);
});
afterAll(async () => {
  await mesh?.stop();
  await server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** One statement after the other, on a connection of its own, as the superuser. */
const asked = async <Row extends object>(...statements: string[]): Promise<Row> => {
  const sql = postgres(server.url('postgres'), { max: 1, onnotice: () => undefined });
  try {
    const answers = [];
    for (const statement of statements) answers.push(await sql.unsafe(statement));
    return answers.at(-1)?.[0] as unknown as Row;
  } finally {
    await sql.end();
  }
};

const takeBackup = async () => {
  const sql = postgres(server.url('postgres'), { max: 1, onnotice: () => undefined });
  await sql`select pg_backup_start('rehearsal', true)`;
  execFileSync('cp', ['-a', cluster, backup]);
  const [label] = await sql<[{ labelfile: string }]>`select labelfile from pg_backup_stop()`;
  await sql.end();
  execFileSync('rm', ['-rf', join(backup, 'postmaster.pid')]);
  // What is not in it is read from the archive.
  execFileSync('find', [join(backup, 'pg_wal'), '-type', 'f', '-delete']);
  return () => {
    execFileSync('rm', ['-rf', cluster]);
    execFileSync('mv', [backup, cluster]);
    writeFileSync(join(cluster, 'backup_label'), label.labelfile);
    writeFileSync(join(cluster, 'recovery.signal'), '');
    for (const name of ['backup_label', 'recovery.signal'])
      execFileSync('chown', [ownerOf(cluster), join(cluster, name)]);
  };
};

const ownerOf = (path: string) => execFileSync('stat', ['-c', '%u', path], { encoding: 'utf8' }).trim();
const contents = () =>
  asked<{ users: string; events: string }>(`
    select (select md5(string_agg(u::text, '|' order by id)) from user_service.users u) as users,
      (select md5(string_agg(e::text, '|' order by id)) from user_service.events e) as events`);
const counted = async () => {
  const [row] = await mesh.sql<[{ count: number }]>`
    select coalesce(sum(count), 0)::bigint as count from analytics_service.user_activity`;
  return row.count;
};
const database = () => ['--brokers', mesh.broker.brokers, '--database-url', server.url('user_service')];

test('a service comes back as it was at a moment after its backup, and counts on, nothing twice and nobody undeleted', async () => {
  await traffic.activity(100);
  const putBack = await takeBackup();
  await traffic.activity(50);
  const { url } = mesh.service('user');
  const wanted = await contents();
  const { moment } = await asked<{ moment: string }>('select clock_timestamp()::text as moment');
  await traffic.activity(200);
  const [gone] = traffic.users;
  expect((await call('DELETE', `${url}/users/${gone}`)).status).toBe(204);
  await asked('select pg_switch_wal()');
  await eventually(async () => expect(await counted()).toBe(315));

  await mesh.service('user').stop();
  await server.stop();
  putBack();
  Object.assign(settings, { recovery_target_time: moment });
  await server.start();
  expect(await contents()).toEqual(wanted);

  const advanced = await runSouk(['outbox', 'advance', 'user', ...database()]);
  expect(advanced).toEqual({ code: 0, output: expect.stringMatching(/200 {2}user\.activity_recorded\.v1/) });
  await mesh.start('user');
  const service = ['--user-url', mesh.service('user').url];
  const erased = await runSouk(['erasures', 'replay', '--brokers', mesh.broker.brokers, ...service]);
  expect(erased).toEqual({ code: 0, output: expect.stringContaining(`${gone}`) });
  expect((await call('GET', `${mesh.service('user').url}/users/${gone}`)).status).toBe(404);
  const before = await counted();
  traffic.users.shift();
  await traffic.activity(30);
  await eventually(async () => expect(await counted()).toBe(before + 30));
});
