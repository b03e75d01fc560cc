import type { Database, Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { placeIn, startsOf } from './bucket-in.ts';
import type { Series, SeriesGranularity } from './series.ts';
import { typesMax } from './summary-repository.ts';
import { within } from './within.ts';

/** The most counts of one answer: with more buckets it tells fewer types apart, but always so many. */
const countsMax = 20_000;
const typesAlways = 10;

export interface EventBucket {
  bucket: Date;
  events: Record<string, number>;
  events_total: number;
}

export type EventRepository = ReturnType<typeof eventRepository>;

export const eventRepository = (db: Database) => ({
  /**
   * Counts by type of the buckets of a series that are not empty, in order. The types that are told apart are the
   * most frequent ones of the whole series; the totals count all.
   */
  series: (asked: Series<SeriesGranularity>): Promise<EventBucket[]> =>
    db.getAll(
      'event_series',
      (sql) =>
        sql<EventBucket[]>`${asked.source === asked.granularity ? asKept(sql, asked) : summedUp(sql, asked)}`,
    ),
});

const typesTold = ({ buckets }: Series<SeriesGranularity>): number =>
  Math.min(typesMax, Math.max(typesAlways, Math.floor(countsMax / buckets.length)));

/**
 * Which types are the most frequent is known from larger buckets, so that of all types the totals alone are read. What a
 * type was counted is read by its own index: `offset 0` keeps Postgres from reading all types for it.
 */
const asKept = (sql: Sql, asked: Series<SeriesGranularity>): Fragment => {
  const { granularity, from, to } = asked;
  const range = sql`granularity = ${granularity} and bucket >= ${from} and bucket < ${to}`;
  return sql`
    with top as materialized (
      select type from activity_rollups where ${within(sql, { from, to })}
      group by type order by sum(count) desc, type limit ${typesTold(asked)}
    ), told as (
      select bucket, json_object_agg(type, count) as events from top cross join lateral (
        select bucket, count from activity_rollups where ${range} and activity_rollups.type = top.type offset 0
      ) as of_type group by bucket
    ), totals as (
      select bucket, sum(count)::bigint as events_total from activity_rollups where ${range} group by bucket
    )
    select bucket, coalesce(events, '{}') as events, events_total from totals left join told using (bucket)
    order by bucket`;
};

const summedUp = (sql: Sql, asked: Series<SeriesGranularity>): Fragment => sql`
  with summed as materialized (
    select ${placeIn(sql, asked)} as place, type, sum(count)::bigint as count from activity_rollups
    where granularity = ${asked.source} and bucket >= ${asked.from} and bucket < ${asked.to}
    group by 1, 2
  ), top as (
    select type from summed group by type order by sum(count) desc, type limit ${typesTold(asked)}
  )
  select (${startsOf(sql, asked)})[place] as bucket,
    coalesce(json_object_agg(type, count) filter (where type in (select type from top)), '{}') as events,
    sum(count)::bigint as events_total
  from summed group by place order by place`;
