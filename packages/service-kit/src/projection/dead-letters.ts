import type { Rejected } from '../kafka/subscription.ts';
import type { TransactionSql } from '../postgres/database.ts';

export type LetterState = 'waiting' | 'settled';

/** Locks the dead letters among the ids until the transaction ends. An id that never was one is not in the map. */
export const lockLetters = async (
  tx: TransactionSql,
  ids: readonly string[],
): Promise<Map<string, LetterState>> => {
  const rows = await tx<{ id: string; state: LetterState }[]>`
    select id, case when settled_at is null then 'waiting' else 'settled' end as state
    from dead_letters where id = any(${[...ids]}) order by id for update`;
  return new Map(rows.map(({ id, state }) => [id, state]));
};

/** Which of the ids are dead letters, whatever their state; locks nothing. */
export const knownLetters = async (
  tx: TransactionSql,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await tx<{ id: string }[]>`select id from dead_letters where id = any(${[...ids]})`;
  return new Set(rows.map(({ id }) => id));
};

/** Uses up the right of locked dead letters to be applied. */
export const settleLetters = async (tx: TransactionSql, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx`update dead_letters set settled_at = now() where id = any(${[...ids]})`;
};

/** Keeps the right of refused events to be applied once; of one refused before, the newest reason. */
export const recordLetters = async (tx: TransactionSql, rejected: readonly Rejected[]): Promise<void> => {
  // The same message twice in a batch is one letter, and an upsert takes a row once.
  const letters = [...new Map(rejected.map((one) => [one.id, one])).values()];
  if (letters.length === 0) return;
  await tx`
    insert into dead_letters (id, topic, partition, "offset", error_class)
    select * from unnest(
      ${letters.map(({ id }) => id)}::text[], ${letters.map(({ message }) => message.topic)}::text[],
      ${letters.map(({ message }) => message.partition)}::integer[],
      ${letters.map(({ message }) => message.offset)}::bigint[],
      ${letters.map(({ refusal }) => refusal.errorClass)}::text[])
    order by 1
    on conflict (id) do update set error_class = excluded.error_class, refused_at = excluded.refused_at`;
};
