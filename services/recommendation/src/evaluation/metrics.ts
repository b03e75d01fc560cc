import { randomNumbers } from './random.ts';

/** A mean with its 95 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** Where the product that was sought stood, from 1; infinite when it was not shown. */
export type Rank = number;

export const hitAt = (rank: Rank, size: number): number => (rank <= size ? 1 : 0);

export const reciprocalAt = (rank: Rank, size: number): number => (rank <= size ? 1 / rank : 0);

/** With one relevant product the ideal gain is 1. */
export const ndcgAt = (rank: Rank, size: number): number => (rank <= size ? 1 / Math.log2(rank + 1) : 0);

const resamples = 1_000;

/**
 * The mean over all questions with the 95 % interval of a bootstrap over the groups, which are drawn with
 * replacement: the questions of one session are alike, so they are drawn together. Percentiles of 1,000 resamples.
 */
export const estimate = (groups: readonly (readonly number[])[], seed: number): Estimate => {
  const sums = groups.map((values) => values.reduce((sum, value) => sum + value, 0));
  const total = sums.reduce((sum, value) => sum + value, 0);
  const count = groups.reduce((sum, values) => sum + values.length, 0);
  if (count === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const random = randomNumbers(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    let size = 0;
    for (let draw = 0; draw < groups.length; draw += 1) {
      const at = Math.floor(random() * groups.length);
      sum += sums[at] as number;
      size += groups[at]?.length ?? 0;
    }
    return sum / size;
  }).sort();
  const percentile = (share: number) => means[Math.round(share * (resamples - 1))] as number;
  return { value: total / count, low: percentile(0.025), high: percentile(0.975) };
};

/** The share of all products that were shown to anybody. */
export const coverage = (lists: readonly (readonly number[])[], productCount: number): number =>
  new Set(lists.flat()).size / productCount;

/** How surprising what was shown is: the mean of −log2 of the share of users who had it; more is rarer. */
export const novelty = (
  lists: readonly (readonly number[])[],
  usersOf: readonly { length: number }[],
  userCount: number,
): number => {
  const shown = lists.flat();
  const bits = shown.map((product) => -Math.log2(Math.max(1, usersOf[product]?.length ?? 0) / userCount));
  return bits.reduce((sum, one) => sum + one, 0) / Math.max(1, shown.length);
};
