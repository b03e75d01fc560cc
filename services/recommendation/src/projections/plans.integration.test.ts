import { rowsReadBy } from '@souk/service-kit/testing/rows-read.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publisher } from '../testing/events.ts';
import { type Projected, testProjected } from '../testing/projected.ts';

/** Those that grow with the shop. */
const tables = ['shoppers', 'product_shoppers', 'products'];
const usersPerBatch = 100;

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected();
  // Whatever autovacuum finds out would have the plans made again.
  for (const table of tables)
    await projected.db.sql`alter table ${projected.db.sql(table)} set (autovacuum_enabled = false)`;
  // What the migrations read counts once their session is over.
  await eventually(async () => {
    const others = await projected.db.sql`
      select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    expect(others).toHaveLength(0);
  });
});
afterAll(() => projected.close());

test('a batch reads as many rows of large tables as of small ones, also by plans that were made while they were empty', async () => {
  const { activity, product } = publisher();
  const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const applyBatches = async (from: number, to: number) => {
    for (let batch = from; batch < to; batch++) {
      const users = Array.from({ length: usersPerBatch }, (_, n) => batch * usersPerBatch + n);
      await projected.apply(users.map((user) => product({ product_id: id(user) })));
      await projected.apply(
        users.flatMap((user) =>
          [0, 1].map((n) => activity({ user_id: id(user), product_id: id(Math.max(0, user - n)) })),
        ),
      );
    }
  };

  const first = await rowsReadBy(projected.db.sql, tables, () => applyBatches(0, 10));
  const second = await rowsReadBy(projected.db.sql, tables, () => applyBatches(10, 20));

  for (const table of tables)
    expect(second[table], table).toBeLessThan(1.5 * (first[table] as number) + usersPerBatch);
});
