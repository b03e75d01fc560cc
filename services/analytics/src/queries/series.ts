import { type FieldError, invalidRequest } from '@souk/service-kit/problem.ts';
import { bucketMs, bucketStart, type Granularity } from '../rollups/bucket.ts';
import { earliest, latest, type TimeRange } from './window.ts';

export const seriesGranularities = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type SeriesGranularity = (typeof seriesGranularities)[number];

/** Buckets in UTC: weeks begin on Monday (ISO 8601), months on the first. */
export interface Series<G extends SeriesGranularity> extends TimeRange {
  granularity: G;
  /** The start of every bucket, in order and without a gap; the first is `from`, `to` is the last one's end. */
  buckets: Date[];
  /** The buckets of UTC that those are made of, or the shop's own days. */
  source: Granularity | 'shop_day';
}

export interface SeriesQuery<G extends SeriesGranularity> {
  granularity: G;
  from?: string;
  to?: string;
  timezone?: string;
}

/** The most buckets of one answer. */
export const pointsMax = 1_500;

/** What `from` is when only the granularity is given, as a time before `to`. */
const usualLengthMs: Readonly<Record<SeriesGranularity, number>> = {
  minute: bucketMs.day,
  hour: bucketMs.day,
  day: 30 * bucketMs.day,
  week: 12 * 7 * bucketMs.day,
  month: 365 * bucketMs.day,
};

/**
 * The buckets that hold `from`, everything up to `to`, and nothing of them left out: both are moved outwards to
 * a bucket's edge. `to` is now unless given, `from` a granularity's usual length before it.
 * Throws a 400 problem `invalid_request` that names both when they are no range, or one of too many buckets.
 */
export const series = <G extends SeriesGranularity>(query: SeriesQuery<G>, now: Date): Series<G> => {
  const { granularity } = query;
  const { fromMs, toMs } = askedRange(query, now);
  const buckets: Date[] = [];
  let at = startOf(granularity, new Date(fromMs));
  for (; at.getTime() < toMs; at = nextStart(granularity, at)) {
    if (buckets.length === pointsMax) throw invalidRequest('query', tooLong(granularity));
    buckets.push(at);
  }
  return { granularity, from: buckets[0] as Date, to: at, buckets, source: sourceOf[granularity] };
};

const sourceOf: Readonly<Record<SeriesGranularity, Granularity>> = {
  minute: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'day',
  month: 'day',
};

/** The range that is asked for, in milliseconds since the epoch. Throws the 400 of a range that is none. */
export const askedRange = (
  { granularity, from, to }: SeriesQuery<SeriesGranularity>,
  now: Date,
): { fromMs: number; toMs: number } => {
  const toMs = to === undefined ? now.getTime() : Date.parse(to);
  const usualFromMs = Math.max(toMs - usualLengthMs[granularity], earliest.getTime());
  const fromMs = from === undefined ? usualFromMs : Date.parse(from);
  const errors = [...(from === undefined ? [] : timeErrors('from', fromMs)), ...timeErrors('to', toMs)];
  if (errors.length > 0) throw invalidRequest('query', errors);
  if (fromMs >= toMs)
    throw invalidRequest('query', [
      { field: 'from', message: 'must be before to (which is now unless given)' },
      { field: 'to', message: 'must be after from' },
    ]);
  return { fromMs, toMs };
};

const timeErrors = (field: string, atMs: number): FieldError[] => {
  if (Number.isNaN(atMs)) return [{ field, message: 'must be an RFC 3339 time' }];
  if (atMs >= earliest.getTime() && atMs <= latest.getTime()) return [];
  return [{ field, message: 'must be between the years 1 and 9998' }];
};

const tooLong = (granularity: SeriesGranularity): FieldError[] =>
  ['from', 'to'].map((field) => ({
    field,
    message: `are more than ${pointsMax} ${granularity} buckets apart: ask for a shorter range or larger buckets`,
  }));

const startOf = (granularity: SeriesGranularity, at: Date): Date => {
  if (granularity === 'month') return monthStart(at, 0);
  if (granularity === 'week') {
    const day = bucketStart('day', at.getTime());
    const daysSinceMonday = (new Date(day).getUTCDay() + 6) % 7;
    return new Date(day - daysSinceMonday * bucketMs.day);
  }
  return new Date(bucketStart(granularity, at.getTime()));
};

const nextStart = (granularity: SeriesGranularity, start: Date): Date => {
  if (granularity === 'month') return monthStart(start, 1);
  return new Date(start.getTime() + (granularity === 'week' ? 7 * bucketMs.day : bucketMs[granularity]));
};

/** The start of the month of a time, or of one later. Not with Date.UTC, which takes the years 0 to 99 for those of the 20th century. */
export const monthStart = (at: Date, monthsLater: number): Date => {
  const start = new Date(bucketStart('day', at.getTime()));
  start.setUTCDate(1);
  start.setUTCMonth(start.getUTCMonth() + monthsLater);
  return start;
};
