import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import type { Database, Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { areKept } from '../rollups/activity-totals.ts';
import { bucketMs, bucketStart } from '../rollups/bucket.ts';
import { column, inMs, placesIn, starts } from './bucket-in.ts';
import type { ZonedSeries } from './calendar.ts';
import { pointsMax, type Series, type SeriesGranularity } from './series.ts';
import { typesMax } from './summary-repository.ts';
import { timeTexts } from './time-texts.ts';
import { aroundDays, type MovedSpan } from './zone-days.ts';

/** The most counts of one answer: of more buckets it tells fewer types apart. */
const countsMax = 10_000;
/** Types are chosen by their counts in the range, or by those of all time where it is longer. */
const choiceDaysMax = 100;

export interface EventBucket {
  bucket: string;
  events: Record<string, number>;
  events_total: number;
}

export type EventRepository = ReturnType<typeof eventRepository>;

export const eventRepository = (db: Database) => ({
  /**
   * Counts by type of every bucket of a series. The types that are told apart are the most frequent ones of the whole
   * series, of one of more than 100 days those of all time; the totals count all.
   */
  series: async (asked: ZonedSeries<SeriesGranularity>): Promise<EventBucket[]> => {
    const fromMs = asked.from.getTime();
    const known = { ...asked, from: new Date(Math.max(fromMs, asked.keptFromMs ?? fromMs)) };
    if (known.from >= known.to) return bucketsOf(asked, { told: [], totals: [[], []] });
    const counts = await db.getAll('event_series', async (sql) => {
      const [row] = await sql<[Counts]>`${countsOf(sql, known)}`;
      return row;
    });
    return bucketsOf(asked, counts);
  },
});

/** Columns in JSON, which Postgres writes and JavaScript reads much faster than a row for each bucket. */
interface Counts {
  /** Of each type the starts of buckets, in milliseconds since the epoch, and its counts in these. */
  told: [type: string, startsMs: number[], counts: number[]][];
  totals: [startsMs: number[], totals: number[]];
}

const bucketsOf = ({ buckets }: Series<SeriesGranularity>, { told, totals }: Counts): EventBucket[] => {
  const placesOf = placesIn(buckets);
  const columnOf = (startsMs: number[], counts: number[]) =>
    column(buckets.length, placesOf(startsMs), counts, 0);
  const columns = told.map(([type, startsMs, counts]) => [type, columnOf(startsMs, counts)] as const);
  const totalIn = columnOf(...totals);
  return timeTexts(buckets).map((bucket, place) => {
    const events: Record<string, number> = {};
    for (const [type, counts] of columns) {
      const count = counts[place] as number;
      if (count > 0) events[type] = count;
    }
    return { bucket, events, events_total: totalIn[place] as number };
  });
};

/**
 * What the types that are told were counted is read by an index of its own, for all of them at once, and of all types the
 * totals alone. Where a version counted that does not keep these, the types are added up, until repairs are made
 * (rollups/activity-totals.ts).
 */
const countsOf = (sql: Sql, asked: Series<SeriesGranularity>): Fragment => {
  const ofTold = sql`(
    select granularity, bucket, type, count from activity_rollups where type = any(array(select type from chosen))
  ) as of_told`;
  const ofAll = sql`(
    select granularity, bucket, count from activity_totals where (select are_kept from totals)
    union all
    select granularity, bucket, count from activity_rollups where not (select are_kept from totals)
  ) as of_all`;
  const { told, all, read } = isKept(asked) ? asKept(sql, asked) : summedUp(sql, asked);
  return sql`
    with chosen as materialized (
      select type from activity_rollups where ${choiceRange(sql, asked)}
      group by type order by sum(count) desc, type limit ${typesTold(read)}
    ), totals as materialized (
      select ${areKept(sql)} as are_kept
    )
    select (
      select coalesce(json_agg(json_build_array(type, starts, counts) order by type), '[]')
      from (
        select type, array_agg(${inMs(sql, 'bucket')}) as starts, array_agg(count) as counts
        from (${told(ofTold)}) as rows group by type
      ) as types
    ) as told, (
      select json_build_array(coalesce(array_agg(${inMs(sql, 'bucket')}), '{}'), coalesce(array_agg(count), '{}'))
      from (${all(ofAll)}) as rows
    ) as totals`;
};

/** How many types are told apart in a series that is made of so many buckets. */
const typesTold = (buckets: number): number =>
  Math.min(typesMax, Math.max(Math.floor(countsMax / pointsMax), Math.floor(countsMax / buckets)));

/** Larger buckets say as well which types are the most frequent. */
const choiceRange = (sql: Sql, { source, from, to }: Series<SeriesGranularity>): Fragment => {
  if (to.getTime() - from.getTime() > choiceDaysMax * bucketMs.day) return sql`granularity = 'all'`;
  const unit = source === 'minute' ? 'hour' : 'day';
  const larger = source === 'shop_day' ? source : unit;
  const since = source === 'shop_day' ? from : new Date(bucketStart(unit, from.getTime()));
  return sql`granularity = ${larger} and bucket >= ${since} and bucket < ${to}`;
};

interface Reading {
  /** Rows of a bucket, a type and a count, and of a bucket and the count of all, out of a table of counts. */
  told: (table: Fragment) => Fragment;
  all: (table: Fragment) => Fragment;
  /** How many buckets are read for it; what is moved counts for two. */
  read: number;
}

const isKept = ({ source, granularity }: Series<SeriesGranularity>): boolean =>
  source === granularity || (source === 'shop_day' && granularity === 'day');

const asKept = (sql: Sql, { source, from, to, buckets }: Series<SeriesGranularity>): Reading => {
  const range = sql`granularity = ${source} and bucket >= ${from} and bucket < ${to}`;
  return {
    told: (table) => sql`select bucket, type, count from ${table} where ${range}`,
    all: (table) =>
      sql`select bucket, sum(count)::bigint as count from ${table} where ${range} group by bucket`,
    read: buckets.length,
  };
};

/** From days, of UTC or the shop; around midnights of another zone from smaller buckets, too (zone-days.ts). */
const summedUp = (sql: Sql, asked: Series<SeriesGranularity>): Reading => {
  const edges = [...asked.buckets, asked.to];
  const isOfShop = asked.source === 'shop_day';
  const { midnights, moved } = isOfShop ? { midnights: edges, moved: [] } : aroundDays(edges);
  const [first, last] = [midnights[0] as Date, midnights.at(-1) as Date];
  const placed = (table: Fragment, type: Fragment) => sql`
    select ${starts(sql, asked.buckets)}[place] as bucket ${type}, sum(count)::bigint as count
    from (
      select width_bucket(bucket, ${starts(sql, midnights)}) as place ${type}, count from ${table}
      where granularity = ${isOfShop ? 'shop_day' : 'day'} and bucket >= ${first} and bucket < ${last}
      ${moved.length === 0 ? sql`` : sql`union all ${movedCounts(sql, { table, type, moved, places: asked.buckets.length })}`}
    ) as parts
    group by place ${type} having sum(count) > 0`;
  return {
    told: (table) => placed(table, sql`, type`),
    all: (table) => placed(table, sql``),
    read: (last.getTime() - first.getTime()) / bucketMs.day + 2 * bucketsIn(moved),
  };
};

const bucketsIn = (spans: readonly MovedSpan[]): number =>
  spans.reduce(
    (sum, { granularity, from, to }) => sum + (to.getTime() - from.getTime()) / bucketMs[granularity],
    0,
  );

interface Moved {
  table: Fragment;
  type: Fragment;
  moved: readonly MovedSpan[];
  places: number;
}

const movedCounts = (sql: Sql, { table, type, moved, places }: Moved): Fragment => sql`
  select place ${type}, sign * count
  from (
    select gains, loses ${type}, count
    from unnest(
      ${values(moved.map(({ granularity }) => granularity))}::text::rollup_granularity[],
      ${timestamps(moved.map(({ from }) => from.getTime()))}::text::timestamptz[],
      ${timestamps(moved.map(({ to }) => to.getTime()))}::text::timestamptz[],
      ${values(moved.map(({ gains }) => gains))}::text::integer[],
      ${values(moved.map(({ loses }) => loses))}::text::integer[]
    ) as moved (unit, since, until, gains, loses) cross join lateral (
      select bucket ${type}, count from ${table} where granularity = unit and bucket >= since and bucket < until
      offset 0
    ) as counted offset 0
  ) as counts cross join lateral (values (gains, 1), (loses, -1)) as places (place, sign)
  where place between 1 and ${places}`;
