import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import { constantFragment, type TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { ActiveUserRow } from './rollup.ts';
import { shopStart } from './shop-time-zone.ts';

const shopStarts = constantFragment(
  (sql) => sql`
    ${shopStart(sql, 'day', sql`minute`)} as day, ${shopStart(sql, 'week', sql`minute`)} as week,
    ${shopStart(sql, 'month', sql`minute`)} as month`,
);

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
  const minutes = rows.map(({ minuteMs }) => minuteMs);
  const joined = tx`${values(joinedIds)}::text::uuid[]`;
  const [{ moved }] = await tx<[{ moved: boolean }]>`
    with starts as materialized (
      select minute, ${shopStarts(tx)}
      from unnest(${timestamps([...new Set(minutes)])}::text::timestamptz[]) as minutes (minute)
    ), days as (
      insert into active_users (period, bucket, user_id)
      select distinct 'day'::rollup_granularity, day, user_id
      from unnest(
        ${timestamps(minutes)}::text::timestamptz[], ${values(rows.map(({ userId }) => userId))}::text::uuid[]
      ) as added (minute, user_id) join starts using (minute)
      order by 3, 2
      on conflict (user_id, period, bucket) do nothing
      returning period, bucket, user_id
    ), periods as (
      insert into active_users (period, bucket, user_id)
      select distinct span.period, span.bucket, user_id
      from days join (select distinct day, week, month from starts) as spans on day = days.bucket cross join lateral (
        values ('week'::rollup_granularity, week), ('month', month)
      ) as span (period, bucket)
      order by 3, 1, 2
      on conflict (user_id, period, bucket) do nothing
      returning period, bucket, user_id
    ), registered as materialized (
      select period, bucket, user_id from (select * from days union all select * from periods) as added
      where (select state_version > 0 from users where users.user_id = added.user_id)
    ), counted as (
      insert into active_user_counts as t (granularity, bucket, users)
      select period, bucket, count(*)
      from (
        select period, bucket from registered
        union all
        select period, bucket from active_users where user_id = any(${joined})
      ) as counted
      group by period, bucket
      order by period, bucket
      on conflict (granularity, bucket) do update set users = t.users + excluded.users
    ), weeks as materialized (
      select user_id, user_id = any(${joined}) as is_joined, bucket, min(bucket) over (partition by user_id) as new_first,
        (select min(bucket) from active_users as a where a.user_id = told.user_id and period = 'week') as known_first
      from (
        select user_id, bucket from registered where period = 'week'
        union all
        select unnest(${joined}), null
      ) as told
    ), moves as (
      select least(known_first, new_first) as cohort, bucket as week, 1 as change from weeks where bucket is not null
      union all
      select cohort, bucket, change
      from (
        select distinct user_id, is_joined, known_first, least(known_first, new_first) as first from weeks
        where is_joined or new_first < known_first
      ) as moved join active_users using (user_id)
        cross join lateral (values (first, 1), (case when not is_joined then known_first end, -1)) as sides (cohort, change)
      where period = 'week' and cohort is not null
    ), cohorts as (
      insert into cohort_counts as t (cohort, week, users)
      select cohort, week, sum(change) from moves group by cohort, week having sum(change) <> 0 order by cohort, week
      on conflict (cohort, week) do update set users = t.users + excluded.users
    )
    select exists (select from moves where change < 0) as moved`;
  if (moved) await tx`delete from cohort_counts where users = 0`;
};
