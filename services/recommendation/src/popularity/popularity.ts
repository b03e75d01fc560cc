/** What the scores are made of. */
export interface Scoring {
  /** By activity type; a type that is not here, or weighs 0, has no part in the scores. */
  weights: ReadonlyMap<string, number>;
  /** In this time an activity loses half of its part in what is trending. */
  halfLifeMs: number;
}

/** A product's activity, one or many, as two sums that grow by merging and never need to be rescaled. */
export interface Score {
  /** Σ w, the all-time popularity. */
  weight: number;
  /** ln Σ w·e^(λt), t in milliseconds since the Unix epoch. */
  logWeight: number;
}

/** The part of an activity event that weighs. */
export interface Activity {
  type: string;
  product_id: string | null;
  /** RFC 3339. */
  occurred_at: string;
}

/**
 * The scores that activities add, by product. Each counts once, whatever its quantity; those without a product
 * or of a type that weighs nothing do not count.
 */
export const scoreActivities = (activities: readonly Activity[], scoring: Scoring): Map<string, Score> => {
  const scores = new Map<string, Score>();
  for (const { type, product_id, occurred_at } of activities) {
    const weight = scoring.weights.get(type) ?? 0;
    if (product_id === null || weight === 0) continue;
    const score = scoreOf(weight, Date.parse(occurred_at), scoring.halfLifeMs);
    const before = scores.get(product_id);
    scores.set(product_id, before ? mergeScores(before, score) : score);
  }
  return scores;
};

/**
 * The score of one activity. Forward decay: its decayed weight at a time T is w·e^(-λ(T-t)) = w·e^(λt) / e^(λT),
 * and e^(λT) is the same for all, so the order needs only the part that never changes with time. Kept as a
 * logarithm, it cannot overflow. Cormode, Shkapenyuk, Srivastava and Xu: Forward Decay: A Practical Time Decay
 * Model for Streaming Systems, ICDE 2009, https://doi.org/10.1109/ICDE.2009.65
 */
export const scoreOf = (weight: number, occurredAtMs: number, halfLifeMs: number): Score => ({
  weight,
  logWeight: Math.log(weight) + decayRate(halfLifeMs) * occurredAtMs,
});

/**
 * Adds two scores: commutative, and associative up to rounding. ln(e^a + e^b) without leaving logarithms;
 * projections/product-repository.ts does the same in SQL.
 */
export const mergeScores = (a: Score, b: Score): Score => ({
  weight: a.weight + b.weight,
  logWeight: Math.max(a.logWeight, b.logWeight) + Math.log1p(Math.exp(-Math.abs(a.logWeight - b.logWeight))),
});

/**
 * The sum of the weights as decayed at a time, Σ w·e^(-λ(T-t)). Becomes 0 for what is long past and stays finite
 * for what lies in the future.
 */
export const decayedWeight = (logWeight: number, atMs: number, halfLifeMs: number): number =>
  Math.min(Math.exp(logWeight - decayRate(halfLifeMs) * atMs), Number.MAX_VALUE);

/** λ, per millisecond. */
const decayRate = (halfLifeMs: number): number => Math.LN2 / halfLifeMs;
