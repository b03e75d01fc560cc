import type {
  ProductRow,
  RecommendationRepository,
  Selection,
} from '../recommendations/recommendation-repository.ts';
import { largest } from './largest.ts';

/** What the number of shoppers of a product takes off its votes: a score is votes / (√(factor · shoppers + inner) + outer). */
export interface Damping {
  factor: number;
  inner: number;
  outer: number;
}

/** Products as numbers, with their votes and keys by these. */
export interface Candidates {
  votes: Float64Array;
  keys: Float64Array;
  damping: Damping;
}

export type ScoredRow = ProductRow & { score: number };

/**
 * Of the products with the most votes that are not excluded, `candidatesMax` or as many as are asked for, the best that may
 * be shown: by score, ties by key. Two reads, as the rows to show are few: most of what the candidates need is a number.
 */
export const bestCandidates =
  (repository: Pick<RecommendationRepository, 'available' | 'byKey'>, candidatesMax: number) =>
  async (
    { votes, keys, damping: { factor, inner, outer } }: Candidates,
    { exclude, category, limit }: Selection & { limit: number },
  ): Promise<ScoredRow[]> => {
    const excluded = new Set(exclude);
    const max = Math.max(candidatesMax, limit);
    const candidates = largest(votes, max + excluded.size)
      .filter((number) => !excluded.has(keys[number] as number))
      .slice(0, max)
      .sort((a, b) => ((keys[a] as number) < (keys[b] as number) ? -1 : 1));
    if (candidates.length === 0) return [];
    const products = candidates.map((number) => keys[number] as number);
    const shoppers = await repository.available(products, category);
    const scores = new Float64Array(candidates.length);
    for (let at = 0; at < scores.length; at++) {
      const count = shoppers[at] as number;
      const of = votes[candidates[at] as number] as number;
      if (count >= 0) scores[at] = of / (Math.sqrt(factor * count + inner) + outer);
    }
    const best = largest(scores, limit);
    if (best.length === 0) return [];
    const rows = await repository.byKey(best.map((at) => products[at] as number));
    return best.flatMap((at) => {
      const row = rows.get(products[at] as number);
      return row?.available ? [{ ...row, score: scores[at] as number }] : [];
    });
  };
