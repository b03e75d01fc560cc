import type { Sql } from '../postgres/database.ts';

/**
 * How many rows of each table Postgres reads for some work, by any scan. All of it must be done by the session of `sql`:
 * the statistics of others are their own until they are told to give them away.
 */
export const rowsReadBy = async (
  sql: Sql,
  tables: readonly string[],
  work: () => Promise<unknown>,
): Promise<Record<string, number>> => {
  const before = await rowsRead(sql, tables);
  await work();
  const after = await rowsRead(sql, tables);
  return Object.fromEntries(
    tables.map((table) => [table, (after[table] as number) - (before[table] as number)]),
  );
};

const rowsRead = async (sql: Sql, tables: readonly string[]): Promise<Record<string, number>> => {
  await sql`select pg_stat_force_next_flush()`;
  const rows = await sql<{ name: string; count: number }[]>`
    select relname as name, seq_tup_read + idx_tup_fetch as count from pg_stat_user_tables
    where relname = any(${tables as string[]})`;
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
};
