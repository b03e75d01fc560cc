import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { timestamps, values } from './columns.ts';
import type { ActiveUserRow } from './rollup.ts';
import { shopStart } from './shop-time-zone.ts';

/**
 * A user who is new on a day may be new in its week and month; whoever is new and registered is counted there. Those who
 * have joined are counted where they were active before, which is what this statement sees of them. Call it when the
 * rows of the users are stored: whoever adds a week to the same user is waited for.
 */
export const addActiveUsers = async (
  tx: TransactionSql,
  rows: readonly ActiveUserRow[],
  joinedIds: readonly string[],
): Promise<void> => {
  const joined = tx`${values(joinedIds)}::text::uuid[]`;
  const [{ moved }] = await tx<[{ moved: boolean }]>`
    with days as (
      insert into active_users (period, bucket, user_id)
      select distinct 'day'::rollup_granularity, ${shopStart(tx, 'day', tx`minute`)}, user_id
      from unnest(
        ${timestamps(rows.map(({ minuteMs }) => minuteMs))}::text::timestamptz[],
        ${values(rows.map(({ userId }) => userId))}::text::uuid[]
      ) as added (minute, user_id)
      order by 3, 2
      on conflict (user_id, period, bucket) do nothing
      returning period, bucket, user_id
    ), periods as (
      insert into active_users (period, bucket, user_id)
      select distinct unit::rollup_granularity, ${shopStart(tx, tx`unit`, tx`bucket`)}, user_id
      from days cross join unnest(array['week', 'month']) as units (unit)
      order by 3, 1, 2
      on conflict (user_id, period, bucket) do nothing
      returning period, bucket, user_id
    ), counted as (
      insert into active_user_counts as t (granularity, bucket, users)
      select period, bucket, count(*)
      from (
        select period, bucket
        from (select * from days union all select * from periods) as added join users using (user_id)
        where state_version > 0
        union all
        select period, bucket from active_users where user_id = any(${joined})
      ) as counted
      group by period, bucket
      order by period, bucket
      on conflict (granularity, bucket) do update set users = t.users + excluded.users
    ), firsts as materialized (
      select user_id, is_joined, known_first, least(known_first, new_first) as first
      from (
        select user_id, user_id = any(${joined}) as is_joined, min(bucket) as new_first
        from (
          select user_id, bucket from periods where period = 'week'
          union all
          select unnest(${joined}), null
        ) as weeks
        group by user_id
      ) as told join users using (user_id) cross join lateral (
        select min(bucket) as known_first from active_users as a where a.user_id = told.user_id and period = 'week'
      ) as known
      where state_version > 0
    ), moves as (
      select first as cohort, bucket as week, 1 as change from firsts join periods using (user_id) where period = 'week'
      union all
      select cohort, bucket, change
      from firsts join active_users using (user_id)
        cross join lateral (values (first, 1), (case when not is_joined then known_first end, -1)) as sides (cohort, change)
      where period = 'week' and (is_joined or first < known_first) and cohort is not null
    ), cohorts as (
      insert into cohort_counts as t (cohort, week, users)
      select cohort, week, sum(change) from moves group by cohort, week having sum(change) <> 0 order by cohort, week
      on conflict (cohort, week) do update set users = t.users + excluded.users
    )
    select exists (select from moves where change < 0) as moved`;
  if (moved) await tx`delete from cohort_counts where users = 0`;
};
