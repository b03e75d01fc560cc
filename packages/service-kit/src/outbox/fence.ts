import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../postgres/database.ts';

const pollMsFirst = 1;
const pollMsMax = 50;

/**
 * Returns a number up to which the outbox is decided: every row with an id up to it is either visible
 * now or will never be.
 *
 * A writer has its transaction id before it takes a number (the column's default sees to that). So
 * whoever took a number up to the sequence's last value is either finished or among the transactions
 * in flight that are read afterwards; once those have ended, nothing below the fence can appear.
 */
export const readFence = async (sql: Sql, signal: AbortSignal): Promise<number> => {
  const fence = await readLastNumber(sql);
  let inFlight = await readTransactionsInFlight(sql);
  for (let pollMs = pollMsFirst; inFlight.length > 0; pollMs = Math.min(pollMs * 2, pollMsMax)) {
    await sleep(pollMs, undefined, { signal });
    const now = new Set(await readTransactionsInFlight(sql));
    inFlight = inFlight.filter((transaction) => now.has(transaction));
  }
  return fence;
};

/** The last number any writer took; 0 when none did. */
export const readLastNumber = async (sql: Sql): Promise<number> => {
  const [row] = await sql<[{ lastNumber: number }]>`
    select case when is_called then last_value else 0 end as "lastNumber" from outbox_id_seq`;
  return row.lastNumber;
};

/** The role's own transactions that have an id: the only ones that can hold a number of this outbox. */
const readTransactionsInFlight = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ transaction: string }[]>`
    select pid || ':' || backend_xid as transaction
    from pg_stat_activity
    where datname = current_database() and usename = current_user and backend_xid is not null and pid <> pg_backend_pid()`;
  return rows.map((row) => row.transaction);
};
