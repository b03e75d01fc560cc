import type { Database, Fragment, Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';

const intervalMs = 60_000;

/** Whether the totals of all types hold everything that was counted: a version that does not keep them adds to the types alone. */
export const areKept = (sql: Sql | TransactionSql): Fragment => sql`(
  (select count from activity_totals where granularity = 'all')
    is not distinct from (select sum(count) from activity_rollups where granularity = 'all'))`;

/** Adds the types up again once no such version counts any more: then as much is missing as at the look before. */
export const totalsRepair = (db: Database): PeriodicTask => {
  let missingBefore = 0;
  return {
    name: 'repair totals',
    intervalMs,
    run: async () => {
      const [{ missing }] = await db.get(
        'missing_totals',
        (sql) => sql<[{ missing: number }]>`
          select (coalesce((select sum(count) from activity_rollups where granularity = 'all'), 0)
            - coalesce((select count from activity_totals where granularity = 'all'), 0))::bigint as missing`,
      );
      if (missing > 0 && missing === missingBefore) await repairTotals(db);
      missingBefore = missing;
    },
  };
};

/** Nothing is counted meanwhile: about a second where minutes and hours are kept for as long as by default. */
const repairTotals = (db: Database): Promise<void> =>
  db.transaction('repair_totals', async (tx) => {
    await tx`select set_config('lock_timeout', '1s', true)`;
    // Before anything else is read, as a rebuild does; another replica may have been faster.
    await tx`lock table consumer_positions in exclusive mode`;
    const [{ whole }] = await tx<[{ whole: boolean }]>`select ${areKept(tx)} as whole`;
    if (whole) return;
    await tx`delete from activity_totals`;
    await tx`
      insert into activity_totals (granularity, bucket, count)
      select granularity, bucket, sum(count) from activity_rollups group by granularity, bucket`;
  });
