import type { TransactionSql } from '../postgres/database.ts';
import type { Rejected } from './subscription.ts';

export type DeadLetterState = 'pending' | 'resolved';

/** Locks the dead letters among the ids until the transaction ends. An id that never was one is not in the map. */
export const lockDeadLetters = async (
  tx: TransactionSql,
  ids: readonly string[],
): Promise<Map<string, DeadLetterState>> => {
  const rows = await tx<{ id: string; state: DeadLetterState }[]>`
    select id, case when resolved_at is null then 'pending' else 'resolved' end as state
    from dead_letters where id = any(${[...ids]}) order by id for update`;
  return new Map(rows.map(({ id, state }) => [id, state]));
};

/** Which of the ids are dead letters, whatever their state; locks nothing. */
export const knownDeadLetters = async (
  tx: TransactionSql,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await tx<{ id: string }[]>`select id from dead_letters where id = any(${[...ids]})`;
  return new Set(rows.map(({ id }) => id));
};

/** Uses up the right of locked dead letters to be applied. */
export const resolveDeadLetters = async (tx: TransactionSql, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx`update dead_letters set resolved_at = now() where id = any(${[...ids]})`;
};

/** Keeps the right of refused events to be applied once; of one refused before, the newest reason. */
export const recordDeadLetters = async (tx: TransactionSql, rejected: readonly Rejected[]): Promise<void> => {
  // The same message twice in a batch is one dead letter, and an upsert takes a row once.
  const deadLetters = [...new Map(rejected.map((one) => [one.id, one])).values()];
  if (deadLetters.length === 0) return;
  await tx`
    insert into dead_letters (id, topic, partition, "offset", error_class)
    select * from unnest(
      ${deadLetters.map(({ id }) => id)}::text[], ${deadLetters.map(({ message }) => message.topic)}::text[],
      ${deadLetters.map(({ message }) => message.partition)}::integer[],
      ${deadLetters.map(({ message }) => message.offset)}::bigint[],
      ${deadLetters.map(({ refusal }) => refusal.errorClass)}::text[])
    order by 1
    on conflict (id) do update set error_class = excluded.error_class, refused_at = excluded.refused_at`;
};
