import type { TransactionSql } from './database.ts';

/** A table that is partitioned by a time, with a partition `…_default` for what has no other. */
export interface TimePartitioned {
  table: string;
  column: string;
  /** Storage parameters of its partitions. */
  storage?: string;
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
  { table, column, storage, lockTimeout }: TimePartitioned,
  { name, from, to }: TimePartition,
): Promise<void> => {
  const [existing] = await tx`select to_regclass(${name}) is not null as exists`;
  if (existing?.exists) return;
  await tx`
    select set_config('lock_timeout', ${lockTimeout}, true), set_config('statement_timeout', ${moveTimeout}, true)`;
  await tx.unsafe(`lock table ${table} in access exclusive mode`);
  const [{ columns }] = await tx<[{ columns: string }]>`
    select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
  await tx.unsafe(`
    create table ${name} (like ${table} including all) ${storage === undefined ? '' : `with (${storage})`};
    with strayed as (
      delete from ${table}_default where ${column} >= '${from}' and ${column} < '${to}' returning ${columns}
    )
    insert into ${name} (${columns}) select ${columns} from strayed;
    alter table ${table} attach partition ${name} for values from ('${from}') to ('${to}')`);
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
