import type { TransactionSql } from './database.ts';

/** A table that is partitioned by a time, with a partition `…_default` for what has no other. */
export interface TimePartitioned {
  table: string;
  column: string;
  /** Of its partitions; 100 by default. */
  fillPercent?: number;
  /** How long readers and writers may have to wait for a change of partitions, which waits for those under way. */
  lockTimeout: string;
}

export interface TimePartition {
  name: string;
  from: string;
  /** Not included. */
  to: string;
}

/** Below the role's transaction_timeout, which would end the connection. */
const moveTimeout = '15s';

/**
 * Creates a partition unless it is there. What it comes too late for lies in the default partition and moves over. Fails
 * with lock_not_available when the table is busy for longer than its lock timeout.
 */
export const createTimePartition = async (
  tx: TransactionSql,
  { table, column, fillPercent = 100, lockTimeout }: TimePartitioned,
  { name, from, to }: TimePartition,
): Promise<void> => {
  const [existing] = await tx`
    select exists (
      select from pg_inherits join pg_class on pg_class.oid = inhrelid
      where inhparent = ${table}::regclass and relname = ${name})`;
  if (existing?.exists) return;
  await tx`
    select set_config('lock_timeout', ${lockTimeout}, true), set_config('statement_timeout', ${moveTimeout}, true)`;
  await tx`select create_time_partition(${table}, ${column}, ${name}, ${from}, ${to}, ${fillPercent})`;
};

/** Drops a partition, as far as the service's role may. */
export const dropTimePartition = async (
  tx: TransactionSql,
  table: string,
  partition: string,
): Promise<void> => {
  await tx`select drop_time_partition(${table}, ${partition})`;
};

/** Partitions by their names, which end with the day that they begin with (`_20260318`), that begin before a day. */
export const timePartitionsBefore = async (
  tx: TransactionSql,
  { table }: TimePartitioned,
  day: string,
): Promise<string[]> => {
  const rows = await tx<{ name: string }[]>`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = ${table}::regclass and relname ~ '_\\d{8}$' and right(relname, 8) < ${day}
    order by relname`;
  return rows.map(({ name }) => name);
};
