import type { Database } from '@souk/service-kit/postgres/database.ts';
import { errorCode } from '@souk/service-kit/postgres/errors.ts';
import { type FieldError, invalidRequest } from '@souk/service-kit/problem.ts';
import { bucketMs, granularities } from '../rollups/bucket.ts';
import { localStart, readShopZone } from '../rollups/shop-time-zone.ts';
import { askedRange, type Series, type SeriesGranularity, type SeriesQuery, series } from './series.ts';
import { isTimeZone, timeZoneFault } from './time-zone.ts';

export type Calendar = ReturnType<typeof calendar>;

/** A series by the clocks of a zone. */
export interface ZonedSeries<G extends SeriesGranularity> extends Series<G> {
  /** What days, weeks and months the tables are made with. */
  shopZone: string;
  /** Whether its days, weeks and months are the same. */
  isOfShop: boolean;
  /** From when on its source is kept; null for always. */
  keptFromMs: number | null;
}

/**
 * Series in time zones. Postgres finds where the days, weeks and months of a zone begin, clock changes included, so
 * that only one edition of the time zone database is asked.
 */
export const calendar = (db: Database) => ({
  /**
   * The buckets of a series as the clocks of `timezone` show them, without it those of the shop; minutes and hours are
   * the same everywhere. They are summed up from the shop's days, or the largest buckets of UTC that their edges fit.
   * Where those are not kept for so long, a series without `from` is shorter. Throws a 400 problem `invalid_request`
   * where that is not possible, or the zone unknown.
   */
  series: async <G extends SeriesGranularity>(query: SeriesQuery<G>, now: Date): Promise<ZonedSeries<G>> => {
    if (query.timezone !== undefined && !isTimeZone(query.timezone)) throw unknownZone();
    const inUtc = series(query, now);
    const { granularity } = inUtc;
    const { shopZone, keptFromMs } = await readShopZone(db);
    const { timezone = shopZone } = query;
    if (timezone === 'UTC' || granularity === 'minute' || granularity === 'hour')
      return { ...inUtc, shopZone, isOfShop: shopZone === timezone, keptFromMs: keptFromMs[inUtc.source] };

    const { fromMs, toMs } = askedRange(query, now);
    const edges = await readEdges(db, granularity, timezone, new Date(fromMs), new Date(toMs));
    const largest = granularities.findLast((unit) =>
      edges.every((edge) => edge.getTime() % bucketMs[unit] === 0),
    );
    const source = timezone === shopZone ? 'shop_day' : largest;
    const keptFrom = keptFromMs[source ?? 'minute'];
    const known = edges.filter((edge) => keptFrom === null || edge.getTime() >= keptFrom);
    const isKnown = query.from === undefined ? known.length > 1 : known.length === edges.length;
    if (source === undefined || !isKnown)
      throw invalidRequest('query', notKept(timezone, shopZone, keptFrom));
    return {
      granularity,
      from: known[0] as Date,
      to: known.at(-1) as Date,
      buckets: known.slice(0, -1),
      source,
      shopZone,
      isOfShop: source === 'shop_day' || (shopZone === 'UTC' && source === 'day'),
      keptFromMs: keptFrom,
    };
  },
});

/** The starts of the buckets that hold the range, and the end of the last. */
const readEdges = async (db: Database, unit: string, zone: string, from: Date, to: Date): Promise<Date[]> => {
  try {
    const [row] = await db.get(
      'calendar',
      (sql) => sql<[{ edges: Date[] }]>`
      with edges as (
        select distinct ${localStart(sql, sql`local_start`, sql`${zone}`)}::timestamptz(3) as edge
        from generate_series(
          date_trunc(${unit}, ${from}::timestamptz at time zone ${zone}),
          date_trunc(${unit}, ${to}::timestamptz at time zone ${zone}) + ${`1 ${unit}`}::interval,
          ${`1 ${unit}`}::interval
        ) as local_starts (local_start)
      )
      select
        array(select edge from edges where edge <= (select min(edge) from edges where edge >= ${to}) order by edge)
          as edges`,
    );
    return row.edges;
  } catch (error) {
    // invalid_parameter_value: this edition does not know the zone.
    if (errorCode(error) === '22023') throw unknownZone();
    throw error;
  }
};

const unknownZone = () => invalidRequest('query', [{ field: 'timezone', message: timeZoneFault }]);

const notKept = (zone: string, shopZone: string, keptFromMs: number | null): FieldError[] => {
  const since = keptFromMs === null ? '' : ` from ${new Date(keptFromMs).toISOString()} on`;
  const kept = [...new Set(['UTC', shopZone])].join(' or ');
  const message = `the days of ${zone} are known${since}: ask for a later time, or for ${kept}, whose days are kept without end`;
  return ['from', 'timezone'].map((field) => ({ field, message }));
};
