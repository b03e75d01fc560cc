import { constantFragment } from '@souk/service-kit/postgres/database.ts';
import { ownDay } from './shop-time-zone.ts';

/**
 * To be joined to rows with a `minute`: for each the buckets that hold it and are kept, as granularity and bucket. The
 * minutes of a batch are few, so each is looked at alone.
 */
export const keptBuckets = constantFragment(
  (sql) => sql`
  lateral (
    select granularity, bucket
    from rollup_retention cross join lateral (
      select case granularity
        when 'all' then timestamptz '1970-01-01 00:00Z'
        when 'shop_day' then ${ownDay(sql, sql`minute`)}
        else date_trunc(granularity::text, minute, 'UTC')
      end as bucket
    ) as starts
    where bucket >= kept_from
  ) as buckets`,
);
