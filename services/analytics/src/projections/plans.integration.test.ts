import type { Experiment } from '@souk/contracts/experiments.ts';
import { rowsReadBy } from '@souk/service-kit/testing/rows-read.ts';
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

  const first = await rowsReadBy(database.db.sql, tables, () => applyBatches(0, 10));
  const second = await rowsReadBy(database.db.sql, tables, () => applyBatches(10, 20));

  for (const table of tables)
    expect(second[table], table).toBeLessThan(1.5 * (first[table] as number) + usersPerBatch);
});
