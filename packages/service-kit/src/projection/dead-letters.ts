import type { Rejected } from '../consumer/batch.ts';
import type { TransactionSql } from '../postgres/database.ts';

/** What is kept of a dead letter: where the message was that was refused last, and whether its right is used up. */
export interface DeadLetterRow {
  topic: string;
  partition: number;
  offset: number;
  resolved: boolean;
}

/** Locks the dead letters among the ids until the transaction ends. An id that never was one is not in the map. */
export const lockDeadLetters = async (
  tx: TransactionSql,
  ids: readonly string[],
): Promise<Map<string, DeadLetterRow>> => {
  const rows = await tx<(DeadLetterRow & { id: string })[]>`
    select id, topic, partition, "offset", resolved_at is not null as resolved
    from dead_letters where id = any(${[...ids]}) order by id for update`;
  return new Map(rows.map((row) => [row.id, row]));
};

/** Uses up the right of locked dead letters to be applied. */
export const resolveDeadLetters = async (tx: TransactionSql, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx`update dead_letters set resolved_at = now() where id = any(${[...ids]})`;
};

/**
 * Keeps the right of refused events to be applied once; of one refused before, the newest place and reason. Done before
 * they are sent: whoever sends one again finds its right here. Done by the transaction that refuses them, under the lock
 * of the position: a newer build that applies one, before or after, uses up the same right.
 */
export const recordDeadLetters = async (tx: TransactionSql, rejected: readonly Rejected[]): Promise<void> => {
  // The same message twice in a batch is one dead letter, and an upsert takes a row once.
  const deadLetters = [...new Map(rejected.map((one) => [one.id, one])).values()];
  await tx`
    insert into dead_letters (id, topic, partition, "offset", error_class)
    select * from unnest(
      ${deadLetters.map(({ id }) => id)}::text[], ${deadLetters.map(({ message }) => message.topic)}::text[],
      ${deadLetters.map(({ message }) => message.partition)}::integer[],
      ${deadLetters.map(({ message }) => message.offset)}::bigint[],
      ${deadLetters.map(({ refusal }) => refusal.errorClass)}::text[])
    order by 1
    on conflict (id) do update set topic = excluded.topic, partition = excluded.partition,
      "offset" = excluded."offset", error_class = excluded.error_class, refused_at = excluded.refused_at`;
};
