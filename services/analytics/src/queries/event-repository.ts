import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { Granularity } from '../rollups/bucket.ts';
import type { Series } from './series.ts';
import { typesMax } from './summary-repository.ts';

export interface EventBucket {
  bucket: Date;
  events: Record<string, number>;
  events_total: number;
}

export type EventRepository = ReturnType<typeof eventRepository>;

export const eventRepository = (db: Database) => ({
  /** Counts by type of the buckets of a series that are not empty, in order. */
  series: ({ granularity, from, to }: Series<Granularity>): Promise<EventBucket[]> =>
    db.getAll(
      'event_series',
      (sql) => sql<EventBucket[]>`
      select bucket,
        coalesce(json_object_agg(type, count order by count desc, type) filter (where place <= ${typesMax}), '{}')
          as events,
        sum(count)::bigint as events_total
      from (
        select bucket, type, count, row_number() over (partition by bucket order by count desc, type) as place
        from activity_rollups
        where granularity = ${granularity} and bucket >= ${from} and bucket < ${to}
      ) as counted
      group by bucket
      order by bucket`,
    ),
});
