import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPostgres } from './postgres.ts';
import { asSuperuser } from './postgres-database.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync('/tmp/souk-test-');
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('is a PostgreSQL 18 that orders text by code point and folds the case of every letter', async () => {
  const server = await startPostgres({ durable: false });

  const [row] = await asSuperuser(
    server.address,
    'souk',
    (sql) => sql`select current_setting('server_version_num')::int / 10000 as major,
      lower('ÄPFEL') as folded, 'Z' < 'a' as by_code_point`,
  );

  expect(row).toEqual({ major: 18, folded: 'äpfel', by_code_point: true });
  await server.stop();
});

test('starts over in a folder where an earlier start was interrupted, or the disk was full', async () => {
  mkdirSync(join(folder, 'postgres.unfinished/base'), { recursive: true });
  writeFileSync(join(folder, 'postgres.password'), '');

  const server = await startPostgres({ folder, durable: false });

  await server.stop();
});

test('refuses a folder that another server is using, and leaves that one alone', async () => {
  const first = await startPostgres({ folder, durable: false });

  await expect(startPostgres({ folder, durable: false })).rejects.toThrow(
    /lock file "postmaster\.pid" already exists/,
  );

  expect(first.child.running()).toBe(true);
  await first.stop();
});

test('refuses a folder of another version, and says so', async () => {
  mkdirSync(join(folder, 'postgres'));
  writeFileSync(join(folder, 'postgres/PG_VERSION'), '17\n');

  await expect(startPostgres({ folder })).rejects.toThrow('was made by PostgreSQL 17; this is 18');
});
