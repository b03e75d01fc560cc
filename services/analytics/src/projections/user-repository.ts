import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import { constantFragment, type TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { shopStart } from '../rollups/shop-time-zone.ts';

export interface UserState {
  userId: string;
  /** 0 when only activity or orders name the id. */
  version: number;
  deleted: boolean;
  /** The starts of the minutes of the first and the newest activity told with it, in milliseconds since the epoch. */
  firstActiveMs: number | null;
  lastActiveMs: number | null;
}

/** What a user was and is now; the version is null where there was no row. */
export interface UserChange {
  user_id: string;
  old_version: number | null;
  old_deleted: boolean | null;
  old_active_ms: number | null;
  version: number;
  deleted: boolean;
  active_ms: number | null;
}

const knownWeek = constantFragment((sql) => shopStart(sql, 'week', sql`known_active`));

/**
 * Stores states, at most one per user: the newest version, the latest activity; a deletion is final. Returns what has
 * changed, and deleted users in any case. An id that is no user yet is locked until the transaction ends: when it
 * registers meanwhile, either side sees what the other has recorded. Whoever may get a new active week is locked, too:
 * the week of the first activity and those that count with it change one after the other.
 */
export const saveUsers = (tx: TransactionSql, states: readonly UserState[]): Promise<UserChange[]> =>
  tx<UserChange[]>`
    with told as materialized (
      select told.*, known_version, known_deleted, known_active
      from unnest(
        ${values(states.map(({ userId }) => userId))}::text::uuid[],
        ${values(states.map(({ version }) => version))}::text::bigint[],
        ${values(states.map(({ deleted }) => deleted))}::text::boolean[],
        ${timestamps(states.map(({ firstActiveMs }) => firstActiveMs))}::text::timestamptz[],
        ${timestamps(states.map(({ lastActiveMs }) => lastActiveMs))}::text::timestamptz[]
      ) as told (user_id, version, deleted, first_active, last_active) left join lateral (
        select state_version as known_version, deleted as known_deleted, last_active_minute as known_active
        from users where users.user_id = told.user_id offset 0
      ) as known on true
    ), changed as (
      insert into users as t (user_id, state_version, deleted, last_active_minute)
      select user_id, version, deleted, case when not deleted then last_active end
      from told
      where known_version is null or known_version = 0 or version > known_version
        or (not known_deleted and (known_active is null or last_active > known_active
          or first_active < ${knownWeek(tx)}))
      order by user_id
      on conflict (user_id) do update set
        state_version = greatest(t.state_version, excluded.state_version),
        deleted = t.deleted or excluded.deleted,
        last_active_minute = case when not (t.deleted or excluded.deleted)
          then greatest(t.last_active_minute, excluded.last_active_minute) end
      returning t.user_id, old.state_version as old_version, old.deleted as old_deleted,
        old.last_active_minute as old_active, new.state_version as version, new.deleted,
        new.last_active_minute as last_active
    )
    select user_id, old_version, old_deleted, extract(epoch from old_active)::bigint * 1000 as old_active_ms,
      version, deleted, extract(epoch from last_active)::bigint * 1000 as active_ms
    from changed
    union all
    select user_id, known_version, true, null, known_version, true, null
    from told where known_deleted and user_id not in (select user_id from changed)`;

/**
 * Deletes everything that is recorded under these users, and takes those back who counted as active. Totals, which
 * name nobody, stay.
 */
export const eraseUsers = async (
  tx: TransactionSql,
  userIds: readonly string[],
  countedIds: readonly string[],
): Promise<void> => {
  const ids = values(userIds);
  const counted = tx`user_id = any(${values(countedIds)}::text::uuid[])`;
  await tx`
    with periods as (
      delete from active_users where user_id = any(${ids}::text::uuid[]) returning period, bucket, user_id
    ), activity as (
      delete from user_activity where user_id = any(${ids}::text::uuid[])
    ), products as (
      delete from user_products where user_id = any(${ids}::text::uuid[])
    ), revenue as (
      delete from user_revenue where user_id = any(${ids}::text::uuid[])
    ), cohorts as (
      insert into cohort_counts as t (cohort, week, users)
      select cohort, bucket, -count(*)
      from (
        select bucket, min(bucket) over (partition by user_id) as cohort from periods where period = 'week' and ${counted}
      ) as weeks
      group by cohort, bucket
      order by cohort, bucket
      on conflict (cohort, week) do update set users = t.users + excluded.users
    )
    insert into active_user_counts as t (granularity, bucket, users)
    select period, bucket, -count(*) from periods where ${counted}
    group by period, bucket
    order by period, bucket
    on conflict (granularity, bucket) do update set users = t.users + excluded.users`;
  await tx`delete from cohort_counts where users = 0`;
  await tx`delete from active_user_counts where users = 0`;
};
