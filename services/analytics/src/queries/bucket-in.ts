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

/** A time in milliseconds since the epoch. */
export const inMs = (sql: Sql, column: string): Fragment =>
  sql`(date_part('epoch', ${sql(column)}) * 1000)::bigint`;

/** Puts a column with a value for some buckets, named by their starts, in the order of all `buckets`. */
export const columnIn = (buckets: readonly Date[]) => {
  const placeOf = new Map(buckets.map((bucket, place) => [bucket.getTime(), place]));
  return <T>(startsMs: readonly number[], values: readonly T[], absent: T): T[] => {
    const column = Array<T>(buckets.length).fill(absent);
    for (const [index, startMs] of startsMs.entries()) {
      const place = placeOf.get(startMs);
      if (place !== undefined) column[place] = values[index] as T;
    }
    return column;
  };
};
