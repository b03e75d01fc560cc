import { timestamps } from '@souk/service-kit/postgres/columns.ts';
import type { Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import type { Series, SeriesGranularity } from './series.ts';

/** Times in order, in a query of its own, which Postgres runs once: the cast alone would be made for each row. */
export const starts = (sql: Sql, times: readonly Date[]): Fragment =>
  sql`(select ${timestamps(times.map((time) => time.getTime()))}::text::timestamptz[])`;

/** The start of the bucket of a series that the column `bucket` of a rollup is part of. */
export const bucketIn = (sql: Sql, { buckets }: Series<SeriesGranularity>): Fragment => {
  const all = starts(sql, buckets);
  return sql`${all}[width_bucket(bucket, ${all})]`;
};
