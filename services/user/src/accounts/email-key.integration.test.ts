import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { openPostgres } from '@souk/service-kit/postgres/database.ts';
import { migrate } from '@souk/service-kit/postgres/migrate.ts';
import { testDatabase } from '@souk/testing/database.ts';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from '../migrations.ts';

const before = ['0001_accounts.sql', '0002_activity.sql'];

/** A folder with the migrations of the release before. */
const earlierMigrations = async (): Promise<URL> => {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of before)
    await copyFile(new URL(`../../migrations/${name}`, import.meta.url), join(folder, name));
  return pathToFileURL(`${folder}/`);
};

test('keeps accounts that share an address since before the key, and lets no further one join', async () => {
  const database = await testDatabase('user');
  onTestFinished(() => database.drop());
  const metrics = createMetrics('user');
  const log = createLogger('user', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
  const db = openPostgres({ url: database.url, poolMax: 2, applicationName: 'test', metrics, log });
  onTestFinished(() => db.end());
  const insert = (email: string) => db.sql`
    insert into users (id, email, name, first_name, last_name, cart, version, created_at, updated_at)
    values (uuidv7(), ${email}, 'N', 'N', '', '[]', 1, clock_timestamp(), clock_timestamp())`;

  await migrate(db, [await earlierMigrations()], log, metrics);
  for (const email of ['ΝΙΚΟΣ@example.org', 'νικος@example.org', 'Ida@example.org']) await insert(email);
  await migrate(db, migrations, log, createMetrics('user'));

  const kept = await db.sql`select email, shares_email from users order by id`;
  expect(kept.map((row) => ({ ...row }))).toEqual([
    { email: 'ΝΙΚΟΣ@example.org', shares_email: false },
    { email: 'νικος@example.org', shares_email: true },
    { email: 'Ida@example.org', shares_email: false },
  ]);
  await expect(insert('Νικος@example.org')).rejects.toThrow('users_email_key');
  await expect(insert('IDA@example.org')).rejects.toThrow('users_email_key');
});
