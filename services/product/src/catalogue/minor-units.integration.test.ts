import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
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

const folderOfProduct = new URL('../../migrations/', import.meta.url);

/** The folders as they were before the migration. */
const earlierMigrations = async (): Promise<URL[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of (await readdir(folderOfProduct)).filter((one) => one < '0005'))
    await copyFile(new URL(name, folderOfProduct), join(folder, name));
  return [...migrations.slice(0, -1), pathToFileURL(`${folder}/`)];
};

test('prices kept in hundredths become thousandths where the currency has them, and consumers are told', async () => {
  const database = await testDatabase('product');
  onTestFinished(() => database.drop());
  const log = createLogger('product', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
  const metrics = createMetrics('product');
  const db = openPostgres({ url: database.url, poolMax: 2, applicationName: 'test', metrics, log });
  onTestFinished(() => db.end());
  await migrate(db, await earlierMigrations(), log, metrics);
  for (const [name, currency] of [
    ['Dinar', 'KWD'],
    ['Dollar', 'USD'],
    ['Yen', 'JPY'],
  ] as const)
    await db.sql`
      insert into products (id, name, price_minor, currency, version, created_at, updated_at)
      values (uuidv7(), ${name}, 1200, ${currency}, 1, now(), now())`;

  await migrate(db, migrations, log, createMetrics('product'));

  const products = await db.sql`select name, price_minor, version from products order by name`;
  expect(products.map((row) => ({ ...row }))).toEqual([
    { name: 'Dinar', price_minor: 12_000, version: 2 },
    { name: 'Dollar', price_minor: 1_200, version: 1 },
    { name: 'Yen', price_minor: 1_200, version: 1 },
  ]);
  const events = await db.sql`select type, data from outbox`;
  expect(events).toMatchObject([
    {
      type: 'product.updated.v1',
      data: {
        name: 'Dinar',
        price_minor: 12_000,
        version: 2,
        updated_at: expect.stringMatching(/\.\d{3}Z$/),
      },
    },
  ]);
});
