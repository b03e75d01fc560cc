import { maintainAudit } from '../audit/audit-rows.ts';
import { maintainIdempotentAnswers } from '../idempotency/idempotent-answers.ts';
import type { Logger } from '../log.ts';
import type { Sql } from '../postgres/database.ts';
import { maintainOutboxPartitions } from './outbox-partitions.ts';

const intervalMs = 3_600_000;
const retryMs = 600_000;

/**
 * Gives a function that maintains the partitions of the outbox, and of the answers and the audit kept beside it, when that is due: once
 * an hour. Whatever hinders it, such as a backup that holds the table or too many rows to move in time, only puts it off,
 * across terms as well: until then rows go to the default partition, and publishing goes on.
 */
export const outboxMaintenance = (
  log: Logger,
  { retentionDays, auditDays }: { retentionDays: number; auditDays: number },
) => {
  let dueAt = 0;
  return async (sql: Sql): Promise<void> => {
    if (Date.now() < dueAt) return;
    dueAt = Date.now() + retryMs;
    const now = new Date();
    try {
      await maintainIdempotentAnswers(sql, now);
      await maintainAudit(sql, { now, retentionDays: auditDays });
      await maintainOutboxPartitions(sql, { now, retentionDays });
      dueAt = Date.now() + intervalMs;
    } catch (error) {
      log.warn({ err: error }, 'the partitions of the outbox cannot be maintained now: tried again later');
    }
  };
};
