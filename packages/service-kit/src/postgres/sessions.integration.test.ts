import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { hasPooler, type TestPooler, testPooler } from '@souk/testing/pooler.ts';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { silent } from '../testing/ledger.ts';
import { openPostgres } from './database.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
const poolers: TestPooler[] = [];

beforeEach(async () => {
  database = await testDatabase('user');
});
afterEach(async () => {
  await Promise.all(poolers.splice(0).map((pooler) => pooler.stop()));
  await database.drop();
});

const startPooler = async (mode: 'session' | 'transaction', poolSize: number): Promise<string> => {
  const pooler = await testPooler(database.url, { mode, poolSize });
  poolers.push(pooler);
  return pooler.url;
};

const start = async (url: string) => {
  const metrics = createMetrics('pooled');
  const db = openPostgres({ url, poolMax: 2, applicationName: 'pooled', metrics, log: silent });
  await migrate(db, [], silent, metrics).finally(() => db.end());
};

test.skipIf(!hasPooler).for([1, 10])(
  'a start behind a pooler in transaction mode is refused, with %i connections to Postgres',
  async (poolSize) => {
    const url = await startPooler('transaction', poolSize);
    const clients = Array.from({ length: poolSize }, () => postgres(url, { max: 1, fetch_types: false }));
    await Promise.all(clients.map((sql) => sql.unsafe(`select pg_sleep(0.01)`)));

    await expect(start(url)).rejects.toMatchObject({
      code: 'POOLED',
      message: expect.stringMatching(/^DATABASE_URL leads to a connection pooler in transaction mode: /),
    });

    await Promise.all(clients.map((sql) => sql.end()));
  },
);

test.skipIf(!hasPooler)('a start behind a pooler in session mode is not refused', async () => {
  await start(await startPooler('session', 10));
});

test('a start without a pooler is not refused', () => start(database.url));
