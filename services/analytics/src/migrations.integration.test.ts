import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { openPostgres } from '@souk/service-kit/postgres/database.ts';
import { migrate } from '@souk/service-kit/postgres/migrate.ts';
import { projectionMigrations } from '@souk/service-kit/projection/migrations.ts';
import { silent } from '@souk/service-kit/testing/ledger.ts';
import { testDatabase } from '@souk/testing/database.ts';
import { expect, test } from 'vitest';
import { migrations } from './migrations.ts';
import { foldProducts } from './rollups/fold-products.ts';
import { testId } from './testing/messages.ts';
import { testHttp } from './testing/test-http.ts';

const lastBeforeCounts = '0006_bounded_names.sql';

test('answers are the same before and after counts are kept', async () => {
  const database = await testDatabase('analytics');
  const metrics = createMetrics('test');
  const db = openPostgres({
    url: database.url,
    poolMax: 2,
    applicationName: 'test',
    metrics,
    log: silent,
  });
  const older = mkdtempSync(join(tmpdir(), 'souk-test-'));
  const folder = new URL('../migrations/', import.meta.url);
  for (const name of readdirSync(folder))
    if (name <= lastBeforeCounts) cpSync(new URL(name, folder), join(older, name));
  try {
    await migrate(db, [projectionMigrations, pathToFileURL(`${older}/`)], silent, metrics);
    const [registered, deleted, stranger] = [1, 2, 3].map((number) => testId('user', number));
    const [lamp, vase] = [7, 8].map((number) => testId('product', number));
    // The first user bought a lamp two hours ago, the stranger a vase on the first of a month, where day and month begin.
    await db.sql.unsafe(`
      insert into users (user_id, version, deleted) values ('${registered}', 1, false), ('${deleted}', 2, true);
      insert into products (product_id, version, name, deleted, name_version) values
        ('${lamp}', 1, 'lamp', false, 1), ('${vase}', 2, 'vase', true, 1);
      create table sold as select * from (values
        (now() - interval '2 hours', '${registered}'::uuid, '${lamp}'::uuid, 500),
        (date_trunc('month', now() - interval '40 days', 'UTC'), '${stranger}'::uuid, '${vase}'::uuid, 300)) as sold (at, user_id, product_id, minor);
      insert into product_rollups select g.g, product_id, date_trunc(g.g::text, at, 'UTC'), 0, 0, 0, 1, 1, minor
        from sold cross join unnest(enum_range(null::granularity)) as g (g);
      insert into sales_rollups select g.g, date_trunc(g.g::text, at, 'UTC'), 1, 1, minor
        from sold cross join unnest(enum_range(null::granularity)) as g (g);
      insert into activity_rollups select g.g, date_trunc(g.g::text, at, 'UTC'), 'purchase', 1
        from sold cross join unnest(enum_range(null::granularity)) as g (g);
      insert into active_users select date_trunc('day', at, 'UTC'), user_id from sold;
      insert into user_activity select user_id, 'purchase', 1, at, at from sold;
      drop table sold;`);

    await migrate(db, migrations, silent, metrics);
    while (await foldProducts(db, new Date()));

    const http = await testHttp(db, () => new Date());
    const get = async (path: string) => (await http.inject(`/api/v1/analytics/${path}`)).json();
    expect(await get('summary?window=24h')).toMatchObject({
      ...{ users: 1, products: 1, active_users: 1, purchases: 1, revenue: 5, events: { purchase: 1 } },
    });
    expect(await get('summary?window=all')).toMatchObject({ active_users: 1, purchases: 2, revenue: 8 });
    for (const [window, expected] of Object.entries({
      '1h': [],
      '24h': [5],
      '7d': [5],
      '30d': [5],
      all: [5, 3],
    })) {
      const { items } = await get(`products/top?metric=revenue&window=${window}`);
      expect(items.map(({ value }: { value: number }) => value)).toEqual(expected);
    }
    for (const granularity of ['day', 'week', 'month']) {
      const { items } = await get(`users/active?granularity=${granularity}`);
      const sum = items.reduce(
        (total: number, item: { active_users: number }) => total + item.active_users,
        0,
      );
      expect(sum).toBe(1);
    }
    await http.close();
  } finally {
    rmSync(older, { recursive: true });
    await db.end();
    await database.drop();
  }
});
