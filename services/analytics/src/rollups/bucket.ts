/** From fine to coarse: every bucket of one is made of whole buckets of the one before. */
export const granularities = ['minute', 'hour', 'day'] as const;

export type Granularity = (typeof granularities)[number];

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
