import { bucketCeiling, bucketMs, bucketStart, type Granularity } from '../rollups/bucket.ts';

export const windows = ['1h', '24h', '7d', '30d', 'all'] as const;
export type Window = (typeof windows)[number];

/** From `from` up to, not including, `to`. */
export interface TimeRange {
  from: Date;
  to: Date;
}

/** Some consecutive buckets of one granularity. */
export interface Span extends TimeRange {
  granularity: Granularity;
}

const lengthMs: Readonly<Record<Exclude<Window, 'all'>, number>> = {
  '1h': bucketMs.hour,
  '24h': bucketMs.day,
  '7d': 7 * bucketMs.day,
  '30d': 30 * bucketMs.day,
};

/** The times this service can be asked about: Postgres and JavaScript both know and write them. */
export const earliest = new Date('0001-01-01T00:00:00Z');
export const latest = new Date('9999-01-01T00:00:00Z');

/**
 * The time range of a window that ends with the current minute, which is in it. One of more than a day begins at a whole
 * hour, as minutes are not kept for so long; `all` begins at `earliest`.
 */
export const windowUntil = (window: Window, now: Date): TimeRange => {
  const toMs = bucketStart('minute', now.getTime()) + bucketMs.minute;
  if (window === 'all') return { from: earliest, to: new Date(toMs) };
  return { from: beginning(toMs - lengthMs[window], lengthMs[window]), to: new Date(toMs) };
};

/**
 * The time range that ends where this one begins and is as long; it begins like a window, so one of more than a day may be
 * longer, by less than an hour.
 */
export const rangeBefore = ({ from, to }: TimeRange): TimeRange => {
  const length = to.getTime() - from.getTime();
  return { from: beginning(from.getTime() - length, length), to: from };
};

/** As minutes are not kept for long, a time range of more than a day begins at a whole hour. */
const beginning = (fromMs: number, length: number): Date =>
  new Date(bucketStart(length > bucketMs.day ? 'hour' : 'minute', fromMs));

/**
 * The fewest buckets that make up a time range of whole minutes: days as far as they fit, hours and minutes at
 * its ends. At most five spans, in order of time, without overlap or gap; so 30 days are read from some 200
 * buckets instead of 43,200.
 */
export const cover = ({ from, to }: TimeRange): Span[] =>
  coverWith(coarseFirst, from.getTime(), to.getTime());

const coarseFirst = ['day', 'hour', 'minute'] as const satisfies readonly Granularity[];

const coverWith = (choice: readonly Granularity[], fromMs: number, toMs: number): Span[] => {
  const [granularity, ...finer] = choice;
  if (granularity === undefined || fromMs >= toMs) return [];
  const start = bucketCeiling(granularity, fromMs);
  const end = bucketStart(granularity, toMs);
  if (start >= end) return coverWith(finer, fromMs, toMs);
  return [
    ...coverWith(finer, fromMs, start),
    { granularity, from: new Date(start), to: new Date(end) },
    ...coverWith(finer, end, toMs),
  ];
};
