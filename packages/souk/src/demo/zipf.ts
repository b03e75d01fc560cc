/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * A sampler of 0 … weights.length - 1, each as often as its weight says. At least one weight must be above zero.
 */
export const weightedSampler = (weights: readonly number[]): ((random: Random) => number) => {
  let total = 0;
  const cumulative = weights.map((weight) => {
    total += weight;
    return total;
  });
  return (random) => {
    const drawn = random() * total;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
};

/** Zipf's law: the weight of rank k (from 1) is 1 / k^exponent. */
export const zipfWeights = (count: number, exponent: number): number[] =>
  Array.from({ length: count }, (_, index) => 1 / (index + 1) ** exponent);
