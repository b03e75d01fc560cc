import type { Sql, TransactionSql } from '../postgres/database.ts';
import { errorCode, isConnectionError } from '../postgres/errors.ts';
import { createTimePartition } from '../postgres/time-partitions.ts';

const daysAhead = 3;
const lockNotAvailable = '55P03';
const lockTimeout = '2s';
const outbox = { table: 'outbox', column: 'created_at', lockTimeout };

/**
 * Keeps one partition per UTC day, a few days ahead, and drops whole partitions older than the
 * retention whose events have all been published. Insert-only: no row is ever updated or deleted.
 * What cannot be done for one day is left for the next call and hinders no other day; rejects with the first such
 * error, and at once when somebody holds the table or the connection ends.
 */
export const maintainOutboxPartitions = async (
  sql: Sql,
  { now, retentionDays }: { now: Date; retentionDays: number },
): Promise<void> => {
  const ahead = Array.from({ length: daysAhead + 1 }, (_, day) => day);
  const failures = await failuresOf(ahead, (day) => createPartition(sql, now, day));
  // Days that had none when their rows came.
  const strayed = await sql<{ day: number }[]>`
    select distinct (created_at at time zone 'UTC')::date - ${isoDay(now, 0)}::date as day from outbox_default
    order by day`;
  const others = strayed.filter(({ day }) => !ahead.includes(day));
  failures.push(...(await failuresOf(others, ({ day }) => createPartition(sql, now, day))));
  const oldest = partitionName(now, -retentionDays);
  const expired = await sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'outbox'::regclass and inhrelid::regclass::text ~ '^outbox_\\d{8}$'
      and inhrelid::regclass::text < ${oldest}`;
  failures.push(...(await failuresOf(expired, ({ name }) => dropPublished(sql, name))));
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

const dropPublished = (sql: Sql, name: string): Promise<unknown> =>
  sql.begin(async (tx) => {
    await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
    const [{ published }] = await tx.unsafe<[{ published: boolean }]>(
      `select coalesce(max(id), 0) <= (select last_id from outbox_cursor) as published from ${name}`,
    );
    if (published) await tx.unsafe(`drop table ${name}`);
  });

const createPartition = (sql: Sql, now: Date, day: number): Promise<unknown> =>
  sql.begin((tx) =>
    createTimePartition(tx as unknown as TransactionSql, outbox, {
      name: partitionName(now, day),
      from: isoDay(now, day),
      to: isoDay(now, day + 1),
    }),
  );

const isoDay = (now: Date, days: number): string =>
  `${new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;

const partitionName = (now: Date, days: number): string =>
  `outbox_${isoDay(now, days).slice(0, 10).replaceAll('-', '')}`;
