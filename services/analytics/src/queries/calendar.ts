import type { Database } from '@souk/service-kit/postgres/database.ts';
import { errorCode } from '@souk/service-kit/postgres/errors.ts';
import { type FieldError, invalidRequest } from '@souk/service-kit/problem.ts';
import { bucketMs, type Granularity, granularities } from '../rollups/bucket.ts';
import { askedRange, type Series, type SeriesGranularity, type SeriesQuery, series } from './series.ts';

export type Calendar = ReturnType<typeof calendar>;

/**
 * Series in time zones. Postgres finds where the days, weeks and months of a zone begin, clock changes included, so
 * that only one edition of the time zone database is asked.
 */
export const calendar = (db: Database) => ({
  /**
   * The buckets of a series as the clocks of `timezone` show them; minutes and hours are the same everywhere. They are
   * summed up from the largest buckets of UTC that their edges fit. Where those are not kept for so long, a series
   * without `from` is shorter. Throws a 400 problem `invalid_request` where that is not possible, or the zone unknown.
   */
  series: async <G extends SeriesGranularity>(query: SeriesQuery<G>, now: Date): Promise<Series<G>> => {
    const inUtc = series(query, now);
    const { granularity } = inUtc;
    const { timezone = 'UTC' } = query;
    requireZone(timezone);
    if (timezone === 'UTC' || granularity === 'minute' || granularity === 'hour') return inUtc;

    const { fromMs, toMs } = askedRange(query, now);
    const { edges, kept } = await readEdges(db, granularity, timezone, new Date(fromMs), new Date(toMs));
    const source = granularities.findLast((unit) =>
      edges.every((edge) => edge.getTime() % bucketMs[unit] === 0),
    );
    const keptFrom = kept[source ?? 'minute'];
    const known = edges.filter((edge) => keptFrom === null || edge.getTime() >= keptFrom);
    const isKnown = query.from === undefined ? known.length > 1 : known.length === edges.length;
    if (source === undefined || !isKnown) throw invalidRequest('query', notKept(timezone, keptFrom));
    return {
      granularity,
      from: known[0] as Date,
      to: known.at(-1) as Date,
      buckets: known.slice(0, -1),
      source,
    };
  },
});

/** The starts of the buckets that hold the range, and the end of the last; and since when what they are made of is kept. */
const readEdges = async (db: Database, unit: string, zone: string, from: Date, to: Date) => {
  try {
    const [row] = await db.get(
      'calendar',
      (sql) => sql<[{ edges: Date[]; kept: Record<Granularity, number | null> }]>`
      with starts as (
        select (case when (start - interval '1 hour') at time zone ${zone} >= local then start - interval '1 hour'
          else start end)::timestamptz(3) as start
        from generate_series(
          date_trunc(${unit}, ${from}::timestamptz at time zone ${zone}),
          date_trunc(${unit}, ${to}::timestamptz at time zone ${zone}) + ${`1 ${unit}`}::interval,
          ${`1 ${unit}`}::interval
        ) as locals (local) cross join lateral (select local at time zone ${zone} as start) as starts
      )
      select
        array(select start from starts
          where start <= (select min(start) from starts where start >= ${to}) order by start) as edges,
        (select json_object_agg(granularity, case when isfinite(kept_from) then extract(epoch from kept_from) * 1000 end)
          from rollup_retention) as kept`,
    );
    return row;
  } catch (error) {
    // invalid_parameter_value: this edition does not know the zone.
    if (errorCode(error) === '22023') throw unknownZone();
    throw error;
  }
};

/** Names of the time zone database only: no offsets, which have no clock changes. */
const requireZone = (zone: string): void => {
  try {
    if (!/^[A-Za-z]/.test(zone)) throw unknownZone();
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw unknownZone();
  }
};

const unknownZone = () =>
  invalidRequest('query', [
    { field: 'timezone', message: 'must be a name of the IANA time zone database, such as Europe/Berlin' },
  ]);

const notKept = (zone: string, keptFromMs: number | null): FieldError[] => {
  const since = keptFromMs === null ? '' : ` from ${new Date(keptFromMs).toISOString()} on`;
  const message = `the days of ${zone} are known${since}: ask for a later time, or for UTC, whose days are kept without end`;
  return ['from', 'timezone'].map((field) => ({ field, message }));
};
