import type { Database } from '@souk/service-kit/postgres/database.ts';
import { bucketIn } from './bucket-in.ts';
import type { Series, SeriesGranularity } from './series.ts';
import { typesMax } from './summary-repository.ts';

/** The most counts of one answer: with more buckets it tells fewer types apart, 10 at least. */
const countsMax = 100_000;

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
      (sql) => sql<EventBucket[]>`
      with counted as (
        select ${bucketIn(sql, asked)} as bucket, type, count from activity_rollups
        where granularity = ${asked.source} and bucket >= ${asked.from} and bucket < ${asked.to}
      ), top as (
        select type from counted group by type order by sum(count) desc, type
        limit ${Math.min(typesMax, Math.floor(countsMax / asked.buckets.length))}
      )
      select bucket,
        coalesce(json_object_agg(type, count order by count desc, type) filter (where type in (select type from top)),
          '{}') as events,
        sum(count)::bigint as events_total
      from (select bucket, type, sum(count)::bigint as count from counted group by bucket, type) as summed
      group by bucket
      order by bucket`,
    ),
});
