import type { Sql } from '../postgres/database.ts';
import { maintainDayPartitions } from '../postgres/day-partitions.ts';

/** Keeps the partitions of the outbox, whose days may go once all their events have been published. */
export const maintainOutboxPartitions = (
  sql: Sql,
  { now, retentionDays }: { now: Date; retentionDays: number },
): Promise<void> =>
  maintainDayPartitions(
    sql,
    {
      table: 'outbox',
      retentionDays,
      mayGo: (partition) =>
        `(select coalesce(max(id), 0) from ${partition}) <= (select last_id from outbox_cursor)`,
    },
    now,
  );
