import { timestamps } from '@souk/service-kit/postgres/columns.ts';
import type { Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import type { Series, SeriesGranularity } from './series.ts';

/** The starts of the buckets, in a query of its own, which Postgres runs once: the cast alone would be made for each row. */
export const startsOf = (sql: Sql, { buckets }: Series<SeriesGranularity>): Fragment =>
  sql`(select ${timestamps(buckets.map((start) => start.getTime()))}::text::timestamptz[])`;

/** Which bucket of a series, from 1, the column `bucket` of a rollup is part of. */
export const placeIn = (sql: Sql, asked: Series<SeriesGranularity>): Fragment =>
  sql`width_bucket(bucket, ${startsOf(sql, asked)})`;

/** The start of that bucket. */
export const bucketIn = (sql: Sql, asked: Series<SeriesGranularity>): Fragment =>
  sql`(${startsOf(sql, asked)})[${placeIn(sql, asked)}]`;
