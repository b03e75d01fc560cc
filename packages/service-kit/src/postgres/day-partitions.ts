import type { Sql } from './database.ts';
import { errorCode, isConnectionError } from './errors.ts';
import { createTimePartition, dropTimePartition } from './time-partitions.ts';

const daysAhead = 3;
const lockNotAvailable = '55P03';
const lockTimeout = '2s';

/** A table partitioned by the UTC day of `created_at`, insert-only but for what is erased. */
export interface DayPartitioned {
  table: string;
  /** Whole days are kept until they lie so many days back. */
  retentionDays: number;
  /** The SQL condition under which a partition may go; always without it. */
  mayGo?: (partition: string) => string;
}

/**
 * Keeps one partition per UTC day, a few days ahead, and drops whole partitions older than the retention. What cannot be
 * done for one day is left for the next call and hinders no other day; rejects with the first such error, and at once
 * when somebody holds the table or the connection ends.
 */
export const maintainDayPartitions = async (
  sql: Sql,
  { table, retentionDays, mayGo = () => 'true' }: DayPartitioned,
  now: Date,
): Promise<void> => {
  const create = (day: number) => createPartition(sql, table, now, day);
  const ahead = Array.from({ length: daysAhead + 1 }, (_, day) => day);
  const failures = await failuresOf(ahead, create);
  // Days that had none when their rows came.
  const strayed = await sql<{ day: number }[]>`
    select distinct (created_at at time zone 'UTC')::date - ${isoDay(now, 0)}::date as day
    from ${sql(`${table}_default`)} order by day`;
  const others = strayed.filter(({ day }) => !ahead.includes(day));
  failures.push(...(await failuresOf(others, ({ day }) => create(day))));
  const oldest = partitionName(table, now, -retentionDays);
  const expired = await sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = ${table}::regclass and inhrelid::regclass::text ~ ${`^${table}_\\d{8}$`}
      and inhrelid::regclass::text < ${oldest}`;
  failures.push(...(await failuresOf(expired, ({ name }) => dropPartition(sql, table, name, mayGo(name)))));
  if (failures.length > 0) throw failures[0];
};

const failuresOf = async <T>(days: readonly T[], work: (day: T) => Promise<unknown>): Promise<unknown[]> => {
  const failures: unknown[] = [];
  for (const day of days)
    await work(day).catch((error: unknown) => {
      // Every writer waits behind a wait for the table: once is enough.
      if (isConnectionError(error) || errorCode(error) === lockNotAvailable) throw error;
      failures.push(error);
    });
  return failures;
};

const dropPartition = (sql: Sql, table: string, name: string, mayGo: string): Promise<unknown> =>
  sql.begin(async (tx) => {
    await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
    const [row] = await tx.unsafe<[{ mayGo: boolean }]>(`select ${mayGo} as "mayGo"`);
    if (row.mayGo) await dropTimePartition(tx, table, name);
  });

const createPartition = (sql: Sql, table: string, now: Date, day: number): Promise<unknown> =>
  sql.begin((tx) =>
    createTimePartition(
      tx,
      { table, column: 'created_at', lockTimeout },
      { name: partitionName(table, now, day), from: isoDay(now, day), to: isoDay(now, day + 1) },
    ),
  );

const isoDay = (now: Date, days: number): string =>
  `${new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;

const partitionName = (table: string, now: Date, days: number): string =>
  `${table}_${isoDay(now, days).slice(0, 10).replaceAll('-', '')}`;
