import type { Database, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import {
  createTimePartition,
  dropTimePartition,
  timePartitionsBefore,
} from '@souk/service-kit/postgres/time-partitions.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { bucketMs } from './bucket.ts';
import { lockProducts } from './fold-products.ts';

const intervalMs = 600_000;
const periodsAhead = 2;
/** So long may a reader have to wait; if that is not enough, the next call tries again. */
const lockTimeout = '200ms';

/** For how long buckets are kept, in milliseconds. */
export interface Kept {
  minute: number;
  hour: number;
}

/** What a partition spans; both divide the time since the epoch. */
const periodMs: Readonly<Kept> = { minute: bucketMs.day, hour: 15 * bucketMs.day };

const tables = [
  { name: 'product_rollups', fillPercent: 80 },
  { name: 'sales_rollups', fillPercent: 50 },
  { name: 'activity_rollups', fillPercent: 50 },
];

/** Keeps the partitions of rollups, every ten minutes. Several replicas do no harm to each other. */
export const rollupRetention = (db: Database, kept: Kept): PeriodicTask => ({
  name: 'keep the partitions of rollups',
  intervalMs,
  run: () => maintainRollups(db, kept),
});

/**
 * Moves on from when on minutes and hours are kept, creates partitions ahead and drops those that are older. Time is that
 * of the windows, not of the clock: nothing goes that still has to leave a window.
 */
export const maintainRollups = async (db: Database, kept: Kept): Promise<void> => {
  for (const granularity of ['minute', 'hour'] as const) {
    const untilMs = await windowsUntil(db);
    const period = periodMs[granularity];
    const keptFromMs = Math.floor((untilMs - kept[granularity]) / period) * period;
    await db.transaction('move_rollup_retention', (tx) => keepFrom(tx, granularity, new Date(keptFromMs)));
    for (const { name, fillPercent } of tables) {
      const partitioned = { table: `${name}_${granularity}`, column: 'bucket', fillPercent, lockTimeout };
      for (let fromMs = keptFromMs; fromMs < untilMs + periodsAhead * period; fromMs += period)
        await db.transaction('create_rollup_partition', async (tx) => {
          await lockProducts(tx, { wait: true });
          await createTimePartition(tx, partitioned, {
            name: `${partitioned.table}_${dayOf(fromMs)}`,
            from: new Date(fromMs).toISOString(),
            to: new Date(fromMs + period).toISOString(),
          });
        });
      await db.transaction('drop_rollup_partitions', async (tx) => {
        await lockProducts(tx, { wait: true });
        await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
        for (const old of await timePartitionsBefore(tx, partitioned, dayOf(keptFromMs)))
          await dropTimePartition(tx, partitioned.table, old);
      });
    }
  }
};

const windowsUntil = async (db: Database): Promise<number> => {
  const [row] = await db.get(
    'windows_until',
    (sql) => sql<[{ until: Date }]>`select min(until) as until from ranking_windows where length is not null`,
  );
  return row.until.getTime();
};

/** What was written meanwhile under the older time, and what is in no partition by time, goes row by row. */
const keepFrom = async (tx: TransactionSql, granularity: keyof Kept, keptFrom: Date): Promise<void> => {
  await lockProducts(tx, { wait: true });
  await tx`
    update rollup_retention set kept_from = ${keptFrom}
    where granularity = ${granularity} and kept_from <> ${keptFrom}`;
  for (const { name } of tables)
    await tx`delete from ${tx(`${name}_${granularity}_default`)} where bucket < ${keptFrom}`;
  // In the order of saveRollup.
  for (const name of ['funnel_counts', 'last_active_counts', 'activity_totals'])
    await tx`delete from ${tx(name)} where granularity = ${granularity} and bucket < ${keptFrom}`;
};

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
