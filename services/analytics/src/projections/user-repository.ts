import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';

export interface UserState {
  userId: string;
  version: number;
  deleted: boolean;
}

/** Stores states, at most one per user. One that is not newer than the stored one changes nothing. */
export const saveUsers = async (tx: TransactionSql, states: readonly UserState[]): Promise<void> => {
  // As texts: postgres.js takes an array that begins with a boolean for a single boolean.
  const deletions = states.map(({ deleted }) => String(deleted));
  await tx`
    insert into users as t (user_id, version, deleted)
    select user_id, version, deleted::boolean
    from unnest(
      ${states.map(({ userId }) => userId)}::uuid[], ${states.map(({ version }) => version)}::bigint[],
      ${deletions}::text[]
    ) as state (user_id, version, deleted)
    order by user_id
    on conflict (user_id) do update set version = excluded.version, deleted = excluded.deleted
    where excluded.version > t.version`;
};

/** Deletes everything that is recorded under these users. Totals, which name nobody, stay. */
export const eraseUsers = async (tx: TransactionSql, userIds: readonly string[]): Promise<void> => {
  await tx`
    with days as (delete from active_users where user_id = any(${userIds}::uuid[])),
      activity as (delete from user_activity where user_id = any(${userIds}::uuid[]))
    delete from user_products where user_id = any(${userIds}::uuid[])`;
};
