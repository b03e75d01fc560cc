import { timestamps } from '@souk/service-kit/postgres/columns.ts';
import type { Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { bucketMs, type Granularity } from '../rollups/bucket.ts';

/** Times in order, in a query of its own, which Postgres runs once: the cast alone would be made for each row. */
export const starts = (sql: Sql, times: readonly Date[]): Fragment =>
  sql`(select ${timestamps(times.map((time) => time.getTime()))}::text::timestamptz[])`;

/**
 * The place of the column `bucket` of a rollup among buckets of a series that begin with these edges, from 1.
 * Where all edges are one bucket apart it is calculated, else searched.
 */
export const placeIn = (
  sql: Sql,
  granularity: Granularity | 'shop_day',
  edges: readonly Date[],
): Fragment => {
  const firstMs = edges[0]?.getTime() as number;
  const isOneApart =
    granularity !== 'shop_day' &&
    edges.every((edge, place) => edge.getTime() === firstMs + place * bucketMs[granularity]);
  if (!isOneApart) return sql`width_bucket(bucket, ${starts(sql, edges)})`;
  return sql`(1 + (date_part('epoch', bucket) - ${firstMs / 1_000}) / ${bucketMs[granularity] / 1_000})::integer`;
};

/** A time in milliseconds since the epoch. */
export const inMs = (sql: Sql, column: string): Fragment =>
  sql`(date_part('epoch', ${sql(column)}) * 1000)::bigint`;

/** The places of buckets, named by their starts, among all `buckets`, from 1. */
export const placesIn = (buckets: readonly Date[]) => {
  const placeOf = new Map(buckets.map((bucket, place) => [bucket.getTime(), place + 1]));
  return (startsMs: readonly number[]): (number | undefined)[] =>
    startsMs.map((startMs) => placeOf.get(startMs));
};

/** A column of so many values, with those of some places put there. */
export const column = <T>(
  length: number,
  places: readonly (number | undefined)[],
  values: readonly T[],
  absent: T,
): T[] => {
  const all = Array<T>(length).fill(absent);
  places.forEach((place, index) => {
    if (place !== undefined) all[place - 1] = values[index] as T;
  });
  return all;
};
