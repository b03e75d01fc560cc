/** The bounds of a 95 % confidence interval. */
export interface Interval {
  low: number;
  high: number;
}

/** The quantile of the normal distribution for 95 %. */
const z = 1.959963984540054;

/**
 * The 95 % interval of a proportion, `successes` of `trials` (above 0): the score interval of E. B. Wilson, Probable
 * Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
 */
export const wilsonInterval = (successes: number, trials: number): Interval => {
  const rate = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const middle = (rate + z ** 2 / (2 * trials)) / scale;
  const half = (z * Math.sqrt((rate * (1 - rate)) / trials + z ** 2 / (4 * trials ** 2))) / scale;
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
};

/** Successes and trials (above 0) of one of two proportions. */
export interface Sample {
  successes: number;
  trials: number;
}

/**
 * The 95 % interval of the difference of two proportions, `one - other`: method 10 of R. G. Newcombe, Interval Estimation
 * for the Difference Between Independent Proportions, Statistics in Medicine 17 (1998), made of two score intervals.
 */
export const differenceInterval = (one: Sample, other: Sample): Interval => {
  const [a, b] = [one, other].map(({ successes, trials }) => ({
    rate: successes / trials,
    ...wilsonInterval(successes, trials),
  })) as [Interval & { rate: number }, Interval & { rate: number }];
  const difference = a.rate - b.rate;
  return {
    low: difference - Math.hypot(a.rate - a.low, b.high - b.rate),
    high: difference + Math.hypot(a.high - a.rate, b.rate - b.low),
  };
};
