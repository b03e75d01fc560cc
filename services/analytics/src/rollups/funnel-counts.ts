import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { FunnelChange } from './funnel-repository.ts';
import { keptBuckets } from './kept-buckets.ts';

/** Moves users between the minutes, and the hours and days with them; buckets without users go. */
export const moveFunnel = async (tx: TransactionSql, changes: readonly FunnelChange[]): Promise<void> => {
  if (changes.length === 0) return;
  const inBuckets = tx`
    select granularity, bucket, step, sum(users) as users
    from unnest(
      ${values(changes.map(({ step }) => step))}::text::text[],
      ${timestamps(changes.map(({ minuteMs }) => minuteMs))}::text::timestamptz[],
      ${values(changes.map(({ users }) => users))}::text::bigint[]
    ) as changes (step, minute, users) cross join ${keptBuckets(tx)}
    where granularity <> 'shop_day'
    group by granularity, bucket, step
    having sum(users) <> 0`;
  await Promise.all([
    tx`
      insert into funnel_counts as t (granularity, bucket, step, users)
      ${inBuckets} order by 1, 2, 3
      on conflict (granularity, bucket, step) do update set users = t.users + excluded.users`,
    changes.some(({ users }) => users < 0) &&
      tx`
      delete from funnel_counts as t using (${inBuckets}) as moved
      where (t.granularity, t.bucket, t.step) = (moved.granularity, moved.bucket, moved.step) and t.users = 0`,
  ]);
};
