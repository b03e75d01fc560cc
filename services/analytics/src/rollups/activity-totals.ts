import type { Database, Fragment, Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';

const intervalMs = 60_000;

/** Whether the totals of all types hold everything that was counted: a version that does not keep them adds to the types alone. */
export const areKept = (sql: Sql | TransactionSql): Fragment => sql`(
  (select count from activity_totals where granularity = 'all')
    is not distinct from (select sum(count) from activity_rollups where granularity = 'all'))`;

/** Adds the types up again after such a version has counted. */
export const totalsRepair = (db: Database): PeriodicTask => ({
  name: 'repair totals',
  intervalMs,
  run: () => repairTotals(db),
});

export const repairTotals = (db: Database): Promise<void> =>
  db.transaction('repair_totals', async (tx) => {
    const isWhole = async () => (await tx<[{ whole: boolean }]>`select ${areKept(tx)} as whole`)[0].whole;
    if (await isWhole()) return;
    // Nothing is counted meanwhile, a second at most; another replica may have been faster.
    await tx`lock table consumer_positions in exclusive mode`;
    if (await isWhole()) return;
    await tx`delete from activity_totals`;
    await tx`
      insert into activity_totals (granularity, bucket, count)
      select granularity, bucket, sum(count) from activity_rollups group by granularity, bucket`;
  });
