import type { Experiment } from '@souk/contracts/experiments.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { activityData, activityRecorded, userDeleted, userSaved } from '../testing/events.ts';

/** Those that have rows for each user. */
const tables = [
  ...['users', 'active_users', 'user_activity', 'user_products', 'user_revenue'],
  ...['user_funnels', 'funnel_views', 'funnel_carts', 'experiment_users'],
];
const usersPerBatch = 100;

/** Everybody takes part. */
const experiment: Experiment = {
  ...{ name: 'all', startMs: 0, endMs: Date.UTC(2030, 0), share: 1, clickMs: 1_000, purchaseMs: 1_000 },
  variants: [{ name: 'one', settings: {} }],
};

let database: AnalyticsDatabase;
beforeAll(async () => {
  // The statistics of a session are its own until it is told to give them away.
  database = await analyticsDatabase({ experiments: [experiment], poolMax: 1 });
  // Whatever autovacuum finds out would have the plans made again.
  for (const table of tables)
    await database.db.sql`alter table ${database.db.sql(table)} set (autovacuum_enabled = false)`;
});
afterAll(() => database.drop());

test('a batch reads as many rows of large tables as of small ones, also by plans that were made while they were empty', async () => {
  let sequence = 0;
  const applyBatches = async (from: number, to: number) => {
    for (let batch = from; batch < to; batch++) {
      const users = Array.from({ length: usersPerBatch }, (_, n) => batch * usersPerBatch + n);
      await database.apply(
        users.flatMap((user) => [
          userSaved({ sequence: ++sequence }, user, 1),
          ...['view', 'add_to_cart', 'purchase'].map((type, second) =>
            activityRecorded(
              { sequence: ++sequence },
              activityData(user, type, `2026-03-18T09:30:0${second}Z`, {
                product: user % 7,
                unitPriceMinor: 5,
              }),
            ),
          ),
        ]),
      );
      await database.apply([userDeleted({ sequence: ++sequence }, batch * usersPerBatch, 2)]);
    }
  };

  const readBy = async (from: number, to: number) => {
    const before = await rowsRead();
    await applyBatches(from, to);
    const after = await rowsRead();
    return tables.map((table) => (after[table] as number) - (before[table] as number));
  };
  const first = await readBy(0, 10);
  const second = await readBy(10, 20);

  for (const [index, table] of tables.entries())
    expect(second[index], table).toBeLessThan(1.5 * (first[index] as number) + usersPerBatch);
});

/** By any scan. */
const rowsRead = async (): Promise<Record<string, number>> => {
  await database.db.sql`select pg_stat_force_next_flush()`;
  const rows = await database.db.sql<{ name: string; count: number }[]>`
    select relname as name, seq_tup_read + idx_tup_fetch as count from pg_stat_user_tables
    where relname = any(${tables})`;
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
};
