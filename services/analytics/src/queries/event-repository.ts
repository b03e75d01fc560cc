import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import {
  constantFragment,
  type Database,
  type Fragment,
  type Sql,
} from '@souk/service-kit/postgres/database.ts';
import { starts } from './bucket-in.ts';
import type { ZonedSeries } from './calendar.ts';
import type { Series, SeriesGranularity } from './series.ts';
import { typesMax } from './summary-repository.ts';
import { within } from './within.ts';
import { aroundDays, type MovedSpan } from './zone-days.ts';

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
   * Counts by type of every bucket of a series. The types that are told apart are the most frequent ones of the whole
   * series; the totals count all.
   */
  series: async (asked: ZonedSeries<SeriesGranularity>): Promise<EventBucket[]> => {
    const fromMs = asked.from.getTime();
    const known = { ...asked, from: new Date(Math.max(fromMs, asked.keptFromMs ?? fromMs)) };
    if (known.from >= known.to) return bucketsOf(asked, { told: [], totals: [[], []] });
    const counts = await db.getAll('event_series', async (sql) => {
      const [row] = await sql<[Counts]>`${isKept(known) ? asKept(sql, known) : summedUp(sql, known)}`;
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
  const items = buckets.map((bucket): EventBucket => ({ bucket, events: {}, events_total: 0 }));
  const itemAt = new Map(items.map((item) => [item.bucket.getTime(), item]));
  for (const [type, startsMs, counts] of told)
    for (const [place, startMs] of startsMs.entries()) {
      const item = itemAt.get(startMs);
      if (item) item.events[type] = counts[place] as number;
    }
  for (const [place, startMs] of totals[0].entries()) {
    const item = itemAt.get(startMs);
    if (item) item.events_total = totals[1][place] as number;
  }
  return items;
};

/** Both are rows of a bucket and a count, those told apart with a type. */
const inColumns = (sql: Sql, told: Fragment, totals: Fragment): Fragment => sql`
  select (
    select coalesce(json_agg(json_build_array(type, starts, counts) order by type), '[]')
    from (
      select type, array_agg(${inMs(sql)}) as starts, array_agg(count) as counts from (${told}) as rows group by type
    ) as types
  ) as told, (
    select json_build_array(coalesce(array_agg(${inMs(sql)}), '{}'), coalesce(array_agg(count), '{}'))
    from (${totals}) as rows
  ) as totals`;

const inMs = constantFragment((sql) => sql`(date_part('epoch', bucket) * 1000)::bigint`);

const isKept = ({ source, granularity }: Series<SeriesGranularity>): boolean =>
  source === granularity || (source === 'shop_day' && granularity === 'day');

const typesTold = ({ buckets }: Series<SeriesGranularity>): number =>
  Math.min(typesMax, Math.max(typesAlways, Math.floor(countsMax / buckets.length)));

/**
 * Which types are the most frequent is known from larger buckets, so that of all types the totals alone are read. What
 * these types were counted is read by an index of its own, for all of them at once. Where totals are missing, because
 * a version counted that does not keep them, their sum is less than that of the larger buckets.
 */
const asKept = (sql: Sql, asked: Series<SeriesGranularity>): Fragment => {
  const { source, from, to } = asked;
  const range = sql`granularity = ${source} and bucket >= ${from} and bucket < ${to}`;
  const told = sql`
    select bucket, type, count from activity_rollups
    where ${range} and type = any(array(select type from counted order by count desc, type limit ${typesTold(asked)}))`;
  const totals = sql`
    select bucket, count from kept where (select are_kept from sums)
    union all
    select bucket, sum(count)::bigint from activity_rollups where ${range} and not (select are_kept from sums)
    group by bucket`;
  return sql`
    with counted as materialized (
      select type, sum(count) as count from activity_rollups
      where ${source === 'shop_day' ? range : within(sql, { from, to })} group by type
    ), kept as materialized (
      select bucket, count from activity_totals where ${range}
    ), sums as materialized (
      select (select sum(count) from kept) is not distinct from (select sum(count) from counted) as are_kept
    )
    ${inColumns(sql, told, totals)}`;
};

/** From days, of UTC or the shop; around midnights of another zone from smaller buckets, too (zone-days.ts). */
const summedUp = (sql: Sql, asked: Series<SeriesGranularity>): Fragment => {
  const { midnights, moved } =
    asked.source === 'shop_day'
      ? { midnights: [...asked.buckets, asked.to], moved: [] }
      : aroundDays([...asked.buckets, asked.to]);
  const days = asked.source === 'shop_day' ? 'shop_day' : 'day';
  return sql`
    with parts as (
      select width_bucket(bucket, ${starts(sql, midnights)}) as place, type, count from activity_rollups
      where granularity = ${days} and bucket >= ${midnights[0] as Date} and bucket < ${midnights.at(-1) as Date}
      ${moved.length === 0 ? sql`` : sql`union all ${movedCounts(sql, moved, asked.buckets.length)}`}
    ), placed as materialized (
      select ${starts(sql, asked.buckets)}[place] as bucket, type, sum(count)::bigint as count from parts
      group by place, type having sum(count) > 0
    )
    ${inColumns(
      sql,
      sql`
        select bucket, type, count from placed where type in (
          select type from placed group by type order by sum(count) desc, type limit ${typesTold(asked)})`,
      sql`select bucket, sum(count)::bigint as count from placed group by bucket`,
    )}`;
};

const movedCounts = (sql: Sql, moved: readonly MovedSpan[], places: number): Fragment => sql`
  select place, type, sign * count
  from (
    select gains, loses, type, count
    from unnest(
      ${values(moved.map(({ granularity }) => granularity))}::text::rollup_granularity[],
      ${timestamps(moved.map(({ from }) => from.getTime()))}::text::timestamptz[],
      ${timestamps(moved.map(({ to }) => to.getTime()))}::text::timestamptz[],
      ${values(moved.map(({ gains }) => gains))}::text::integer[],
      ${values(moved.map(({ loses }) => loses))}::text::integer[]
    ) as moved (granularity, starts, ends, gains, loses) cross join lateral (
      select type, sum(count)::bigint as count from activity_rollups
      where activity_rollups.granularity = moved.granularity and bucket >= starts and bucket < ends
      group by type offset 0
    ) as counted offset 0
  ) as counts cross join lateral (values (gains, 1), (loses, -1)) as places (place, sign)
  where place between 1 and ${places}`;
