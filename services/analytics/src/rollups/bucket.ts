/** From fine to coarse: every bucket of one is made of whole buckets of the one before. */
export const granularities = ['minute', 'hour', 'day'] as const;

export type Granularity = (typeof granularities)[number];

/** What sums are kept for; `all` is one bucket of everything there ever was. */
export type RollupGranularity = Granularity | 'all';

export const bucketMs: Readonly<Record<Granularity, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** The start of the bucket that holds a time, in UTC; both in milliseconds since the epoch. */
export const bucketStart = (granularity: Granularity, atMs: number): number =>
  Math.floor(atMs / bucketMs[granularity]) * bucketMs[granularity];

/** The first start of a bucket that is not before a time. */
export const bucketCeiling = (granularity: Granularity, atMs: number): number =>
  Math.ceil(atMs / bucketMs[granularity]) * bucketMs[granularity];

/** The one bucket of each granularity that holds a minute; that of `all` begins at the epoch. */
export const bucketsOf = (minuteMs: number): [RollupGranularity, number][] => [
  ['minute', minuteMs],
  ['hour', bucketStart('hour', minuteMs)],
  ['day', bucketStart('day', minuteMs)],
  ['all', 0],
];
