import type { Sql } from '../postgres/database.ts';

const daysAhead = 3;
const lockTimeout = '2s';

/**
 * Keeps one partition per UTC day, a few days ahead, and drops whole partitions older than the
 * retention whose events have all been published. Insert-only: no row is ever updated or deleted.
 */
export const maintainOutboxPartitions = async (
  sql: Sql,
  { now, retentionDays }: { now: Date; retentionDays: number },
): Promise<void> => {
  await sql.begin(async (tx) => {
    await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
    for (let day = 0; day <= daysAhead; day++) {
      const [name, from, to] = [partitionName(now, day), isoDay(now, day), isoDay(now, day + 1)];
      const [existing] = await tx`select to_regclass(${name}) is not null as exists`;
      if (existing?.exists) continue;
      // Rows of that day that fell into the default partition would make the new one unattachable.
      const [strayed] = await tx`
        select exists (select from outbox_default where created_at >= ${from} and created_at < ${to}) as rows`;
      if (strayed?.rows) continue;
      await tx.unsafe(`create table ${name} partition of outbox for values from ('${from}') to ('${to}')`);
    }
  });
  const oldest = partitionName(now, -retentionDays);
  const expired = await sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'outbox'::regclass and inhrelid::regclass::text ~ '^outbox_\\d{8}$'
      and inhrelid::regclass::text < ${oldest}`;
  for (const { name } of expired) {
    await sql.begin(async (tx) => {
      await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
      const [{ published }] = await tx.unsafe<[{ published: boolean }]>(
        `select coalesce(max(id), 0) <= (select last_id from outbox_cursor) as published from ${name}`,
      );
      if (published) await tx.unsafe(`drop table ${name}`);
    });
  }
};

const isoDay = (now: Date, days: number): string =>
  `${new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;

const partitionName = (now: Date, days: number): string =>
  `outbox_${isoDay(now, days).slice(0, 10).replaceAll('-', '')}`;
