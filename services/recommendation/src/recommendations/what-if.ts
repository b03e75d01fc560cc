import type { Interaction } from '../interactions/interaction.ts';
import type { Weighing } from '../popularity/popularity.ts';

export interface WhatIfScore {
  /** See interactions/keys.ts. */
  product: number;
  score: number;
}

/**
 * Products by what the interactions in these histories would weigh, highest first: for `popular` the sum of the weights,
 * for `trending` as decayed at `nowMs`, milliseconds since the Unix epoch. What weighs nothing is left out.
 */
export const whatIfScores = (
  histories: readonly (readonly Interaction[])[],
  by: 'popular' | 'trending',
  { weights, halfLifeMs }: Weighing,
  nowMs: number,
): WhatIfScore[] => {
  const scores = new Map<number, number>();
  for (const history of histories)
    for (const { product, type, atMs, returned } of history) {
      const weight = returned ? 0 : (weights.get(type) ?? 0);
      if (weight === 0) continue;
      const part = by === 'popular' ? weight : weight * 2 ** ((atMs - nowMs) / halfLifeMs);
      scores.set(product, (scores.get(product) ?? 0) + part);
    }
  return [...scores]
    .map(([product, score]) => ({ product, score }))
    .sort((a, b) => b.score - a.score || a.product - b.product);
};
