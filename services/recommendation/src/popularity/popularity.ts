import type { Interaction } from '../interactions/interaction.ts';

/** What the scores are made of. */
export interface Weighing {
  /** By interaction type; a type that is not here, or weighs 0, has no part in anything. */
  weights: ReadonlyMap<string, number>;
  /** In this time an interaction loses half of its part in what is trending. */
  halfLifeMs: number;
}

/**
 * A product's interactions as sums of whole numbers, so that whatever was added can be taken away again, in any order,
 * and nothing of it is left.
 */
export interface Score {
  /** Σ w, the popularity. */
  weight: number;
  /** By bucket of time: Σ w·2^((t - start of the bucket) / half-life), in units of 1/65536. */
  trend: Map<number, number>;
}

const unitBits = 16;
/** A bucket is so many half-lives long. The amount of one interaction in it grows to 2^8 of its weight. */
const halfLivesPerBucket = 8;
/** Older buckets are below 2^-64 of the sum. */
const bucketsThatCount = 8;

export const emptyScore = (): Score => ({ weight: 0, trend: new Map() });

/** Whether everything that was added has been taken away again. */
export const isEmptyScore = ({ weight, trend }: Score): boolean =>
  weight === 0 && [...trend.values()].every((amount) => amount === 0);

/** Adds one interaction to a score, or takes it away: sign 1 or -1. A purchase that was returned weighs nothing. */
export const addToScore = (
  score: Score,
  { type, atMs, returned }: Pick<Interaction, 'type' | 'atMs' | 'returned'>,
  { weights, halfLifeMs }: Weighing,
  sign: 1 | -1,
): void => {
  const weight = exactWeight(weights.get(type) ?? 0);
  if (weight === 0 || returned) return;
  const buckets = atMs / halfLifeMs / halfLivesPerBucket;
  const bucket = Math.floor(buckets);
  const amount = Math.round(weight * 2 ** ((buckets - bucket) * halfLivesPerBucket + unitBits));
  score.weight += sign * weight;
  score.trend.set(bucket, (score.trend.get(bucket) ?? 0) + sign * amount);
};

/** A multiple of 1/65536: sums of such numbers are exact. */
export const exactWeight = (weight: number): number => Math.round(weight * 2 ** unitBits) / 2 ** unitBits;

/**
 * A stored trend (bucket, amount, bucket, amount …, newest first) with a change added; a bucket of which nothing is
 * left is no longer there.
 */
export const mergeTrend = (stored: readonly number[], change: ReadonlyMap<number, number>): number[] => {
  const amounts = new Map(change);
  for (let at = 0; at < stored.length; at += 2) {
    const bucket = stored[at] as number;
    amounts.set(bucket, (amounts.get(bucket) ?? 0) + (stored[at + 1] as number));
  }
  return [...amounts]
    .filter(([, amount]) => amount !== 0)
    .sort(([a], [b]) => b - a)
    .flat();
};

/**
 * L = ln Σ w·e^(λt) of a stored trend, t in milliseconds since the Unix epoch; null when it is empty. Forward decay: the
 * decayed weight at a time T is w·e^(-λ(T-t)) = w·e^(λt) / e^(λT), and e^(λT) is the same for all products, so the order by
 * L never changes with time. Cormode, Shkapenyuk, Srivastava and Xu: Forward Decay: A Practical Time Decay Model for
 * Streaming Systems, ICDE 2009, https://doi.org/10.1109/ICDE.2009.65
 */
export const logWeightOf = (trend: readonly number[]): number | null => {
  const newest = trend[0];
  if (newest === undefined) return null;
  let sum = 0;
  for (let at = 0; at < Math.min(trend.length, 2 * bucketsThatCount); at += 2)
    sum += (trend[at + 1] as number) * 2 ** (((trend[at] as number) - newest) * halfLivesPerBucket);
  return Math.log(sum) + Math.LN2 * (newest * halfLivesPerBucket - unitBits);
};

/**
 * The sum of the weights as decayed at a time, Σ w·e^(-λ(T-t)). Becomes 0 for what is long past and stays finite
 * for what lies in the future.
 */
export const decayedWeight = (logWeight: number, atMs: number, halfLifeMs: number): number =>
  Math.min(Math.exp(logWeight - (Math.LN2 / halfLifeMs) * atMs), Number.MAX_VALUE);
