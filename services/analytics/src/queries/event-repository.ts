import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import type { Database, Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { areKept } from '../rollups/activity-totals.ts';
import { bucketMs, bucketStart, type Granularity } from '../rollups/bucket.ts';
import { placeIn } from './bucket-in.ts';
import type { ZonedSeries } from './calendar.ts';
import { pointsMax, type Series, type SeriesGranularity } from './series.ts';
import { typesMax } from './summary-repository.ts';
import { timeTexts } from './time-texts.ts';
import type { TimeRange } from './window.ts';
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
    const read = readingOf(known);
    if (known.from >= known.to) return bucketsOf(asked, read, { told: [], totals: [[], []] });
    const counts = await db.getAll('event_series', async (sql) => {
      const [{ are_kept, ...counted }] = await sql<
        [Counts & { are_kept: boolean }]
      >`${countsOf(sql, known, read)}`;
      if (are_kept) return counted;
      const [{ totals }] = await sql<
        [Pick<Counts, 'totals'>]
      >`select (${totalsOf(sql, read, ofTypes(sql))}) as totals`;
      return { ...counted, totals };
    });
    return bucketsOf(asked, read, counts);
  },
});

/** What a series is made of. */
interface Reading extends TimeRange {
  /** Of the buckets that are read; those from one edge to the next count for one place. */
  granularity: Granularity | 'shop_day';
  edges: Date[];
  /** What belongs to another place than that is read from smaller buckets (zone-days.ts). */
  moved: MovedSpan[];
}

const readingOf = (asked: Series<SeriesGranularity>): Reading => {
  const { source, from, to, buckets } = asked;
  const edges = [...buckets, to];
  if (isKept(asked) || source === 'shop_day') return { granularity: source, from, to, edges, moved: [] };
  const { midnights, moved } = aroundDays(edges);
  const [first, last] = [midnights[0] as Date, midnights.at(-1) as Date];
  return { granularity: 'day', from: first, to: last, edges: midnights, moved };
};

const isKept = ({ source, granularity }: Series<SeriesGranularity>): boolean =>
  source === granularity || (source === 'shop_day' && granularity === 'day');

/**
 * Columns in JSON, which Postgres writes and JavaScript reads much faster than a row for each bucket. Places are those of
 * buckets, from 1, and behind the last one those of the spans that are moved.
 */
interface Counts {
  told: [type: string, places: number[], counts: number[]][];
  totals: [places: number[], totals: number[]];
}

const bucketsOf = (
  { buckets }: Series<SeriesGranularity>,
  { moved }: Reading,
  { told, totals }: Counts,
): EventBucket[] => {
  const columnOf = (places: number[], counts: number[]): number[] => {
    // The first and the last are outside of the series.
    const column = Array<number>(buckets.length + 2).fill(0);
    places.forEach((place, row) => {
      const count = counts[row] as number;
      const span = place > buckets.length ? moved[place - buckets.length - 1] : undefined;
      const gains = span?.gains ?? place;
      column[gains] = (column[gains] as number) + count;
      if (span) column[span.loses] = (column[span.loses] as number) - count;
    });
    return column.slice(1, -1);
  };
  const columns = told.map(([type, places, counts]) => [type, columnOf(places, counts)] as const);
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
 * totals alone. Where a version counted that does not keep these, a second statement adds the types up, until repairs are
 * made (rollups/activity-totals.ts), a moment later. As a part of this one its estimated cost would make Postgres use JIT
 * where hours are kept for long.
 */
const countsOf = (sql: Sql, asked: Series<SeriesGranularity>, read: Reading): Fragment => {
  const ofTold = sql`(
    select granularity, bucket, type, count from activity_rollups where type = any(array(select type from chosen))
  ) as of_told`;
  return sql`
    with chosen as materialized (
      select type from activity_rollups where ${choiceRange(sql, asked)}
      group by type order by sum(count) desc, type limit ${typesTold(asked, read)}
    )
    select ${areKept(sql)} as are_kept, (
      select coalesce(json_agg(json_build_array(type, places, counts) order by type), '[]')
      from (
        select type, array_agg(place) as places, array_agg(count) as counts
        from (${placed(sql, read, ofTold, sql`, type`)}) as rows group by type
      ) as types
    ) as told, (${totalsOf(sql, read, sql`activity_totals`)}) as totals`;
};

const totalsOf = (sql: Sql, read: Reading, table: Fragment): Fragment => sql`
  select json_build_array(coalesce(array_agg(place), '{}'), coalesce(array_agg(count), '{}'))
  from (${placed(sql, read, table, sql``)}) as rows`;

const ofTypes = (sql: Sql): Fragment => sql`(
  select granularity, bucket, sum(count)::bigint as count from activity_rollups group by granularity, bucket
) as of_types`;

/** How many types are told apart in a series that is made of so many buckets; what is moved counts for two. */
const typesTold = (asked: Series<SeriesGranularity>, { from, to, moved }: Reading): number => {
  const read = isKept(asked)
    ? asked.buckets.length
    : bucketsIn('day', { from, to }) +
      moved.reduce((sum, span) => sum + 2 * bucketsIn(span.granularity, span), 0);
  return Math.min(typesMax, Math.max(Math.floor(countsMax / pointsMax), Math.floor(countsMax / read)));
};

const bucketsIn = (granularity: Granularity, { from, to }: TimeRange): number =>
  (to.getTime() - from.getTime()) / bucketMs[granularity];

/** Larger buckets say as well which types are the most frequent. */
const choiceRange = (sql: Sql, { source, from, to }: Series<SeriesGranularity>): Fragment => {
  if (to.getTime() - from.getTime() > choiceDaysMax * bucketMs.day) return sql`granularity = 'all'`;
  const unit = source === 'minute' ? 'hour' : 'day';
  const larger = source === 'shop_day' ? source : unit;
  const since = source === 'shop_day' ? from : new Date(bucketStart(unit, from.getTime()));
  return sql`granularity = ${larger} and bucket >= ${since} and bucket < ${to}`;
};

/** The counts of a table, of each type or of all, with their places. */
const placed = (sql: Sql, read: Reading, table: Fragment, type: Fragment): Fragment => {
  const { granularity, from, to, edges, moved } = read;
  const ofBuckets = sql`
    select ${placeIn(sql, granularity, edges)} as place ${type}, count from ${table}
    where granularity = ${granularity} and bucket >= ${from} and bucket < ${to}`;
  if (moved.length === 0) return ofBuckets;
  return sql`${ofBuckets}
    union all
    select ${edges.length} - 1 + span ${type}, count
    from unnest(
      ${values(moved.map((span) => span.granularity))}::text::rollup_granularity[],
      ${timestamps(moved.map((span) => span.from.getTime()))}::text::timestamptz[],
      ${timestamps(moved.map((span) => span.to.getTime()))}::text::timestamptz[]
    ) with ordinality as moved (unit, since, until, span) cross join lateral (
      select bucket ${type}, count from ${table} where granularity = unit and bucket >= since and bucket < until
      offset 0
    ) as counted`;
};
