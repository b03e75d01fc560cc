import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { activityData, activityRecorded, userSaved } from '../testing/events.ts';

/** Those that have rows for each user. */
const tables = [
  ...['users', 'active_users', 'user_activity', 'user_products', 'user_revenue'],
  ...['user_funnels', 'funnel_views', 'funnel_carts'],
];
const usersPerBatch = 100;

let database: AnalyticsDatabase;
beforeAll(async () => {
  // The statistics of a session are its own until it is told to give them away.
  database = await analyticsDatabase({ poolMax: 1 });
  // Whatever autovacuum finds out would have the plans made again.
  for (const table of tables)
    await database.db.sql`alter table ${database.db.sql(table)} set (autovacuum_enabled = false)`;
});
afterAll(() => database.drop());

test('a batch reads no table of users from end to end, also by plans that were made while it was small', async () => {
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
    }
  };

  // From the sixth time on Postgres keeps a plan.
  await applyBatches(0, 10);
  const before = await readFromEndToEnd();
  await applyBatches(10, 20);

  expect(await readFromEndToEnd()).toEqual(before);
});

const readFromEndToEnd = async (): Promise<Record<string, number>> => {
  await database.db.sql`select pg_stat_force_next_flush()`;
  const rows = await database.db.sql<{ name: string; count: number }[]>`
    select relname as name, seq_scan as count from pg_stat_user_tables where relname = any(${tables})`;
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
};
