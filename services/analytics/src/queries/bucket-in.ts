import type { Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { timestamps } from '../rollups/columns.ts';
import type { Series, SeriesGranularity } from './series.ts';

/** The bucket of a series that the column `bucket` of a rollup is part of. */
export const bucketIn = (sql: Sql, { granularity, source, buckets }: Series<SeriesGranularity>): Fragment => {
  if (granularity === source) return sql`bucket`;
  // In a query of its own, which Postgres runs once: the cast alone would be made for each row.
  const starts = sql`(select ${timestamps(buckets.map((start) => start.getTime()))}::text::timestamptz[])`;
  return sql`(${starts})[width_bucket(bucket, ${starts})]`;
};
