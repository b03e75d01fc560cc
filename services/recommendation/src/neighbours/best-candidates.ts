import type {
  Damping,
  RecommendationRepository,
  ScoredRow,
  Selection,
} from '../recommendations/recommendation-repository.ts';
import { largest } from './largest.ts';

/** Products as numbers, with their votes and keys by these. */
export interface Candidates {
  votes: Float64Array;
  keys: Float64Array;
  damping: Damping;
}

/**
 * Of the products with the most votes that are not excluded, `candidatesMax` or as many as are asked for, the best that may
 * be shown. Where a category is asked for, few of them are of it: then twice as many.
 */
export const bestCandidates =
  (repository: Pick<RecommendationRepository, 'best'>, candidatesMax: number) =>
  async (
    { votes, keys, damping }: Candidates,
    { exclude, ...asked }: Selection & { limit: number },
  ): Promise<ScoredRow[]> => {
    const excluded = new Set(exclude);
    const max = Math.max(asked.category === undefined ? candidatesMax : 2 * candidatesMax, asked.limit);
    const candidates = largest(votes, max + excluded.size)
      .filter((number) => !excluded.has(keys[number] as number))
      .slice(0, max);
    if (candidates.length === 0) return [];
    const valuesOf = (values: Float64Array) =>
      Float64Array.from(candidates.map((number) => values[number] as number));
    return repository.best({ keys: valuesOf(keys), votes: valuesOf(votes), damping }, asked);
  };
