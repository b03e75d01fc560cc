import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { testDatabase } from '@souk/testing/database.ts';
import { expect, test } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { silent } from '../testing/ledger.ts';
import { openPostgres } from './database.ts';

test('a small collection of garbage frees a query that was answered, its parameters and its rows', async () => {
  setFlagsFromString('--expose-gc');
  const collect: (kind?: { type: 'minor' }) => void = runInNewContext('gc');
  const text = 'x'.repeat(500);
  const { url, drop } = await testDatabase('user');
  const metrics = createMetrics('user');
  const db = openPostgres({ url, poolMax: 1, applicationName: 'test', metrics, log: silent });
  const ask = async (times: number) => {
    for (let n = 0; n < times; n++)
      await db.get(
        'test_query',
        (sql) => sql`select ${text} || n as text from generate_series(1, ${n % 3}) as n`,
      );
  };
  await ask(500);
  collect();
  const before = process.memoryUsage().heapUsed;

  await ask(2_000);
  for (let n = 0; n < 3; n++) collect({ type: 'minor' });
  const leftOfEach = (process.memoryUsage().heapUsed - before) / 2_000;

  expect(leftOfEach).toBeLessThan(1_000);
  await db.end();
  await drop();
});
