import type { Interaction } from '../interactions/interaction.ts';

/** A product that a shopper was at, with all that it weighs to the shopper. */
export interface SessionItem {
  product: number;
  /** The newest interaction with it. */
  atMs: number;
  /** Σ of the weights of the interactions, above 0. */
  weight: number;
}

/**
 * The newest products of a history, newest first, each once; all of them unless there is a limit. What weighs nothing,
 * a purchase that was taken back, too, has no part.
 */
export const sessionOf = (
  history: readonly Interaction[],
  weights: ReadonlyMap<string, number>,
  itemsMax = Number.POSITIVE_INFINITY,
): SessionItem[] => {
  const items = new Map<number, SessionItem>();
  for (const { product, atMs, type, returned } of history) {
    const weight = returned ? 0 : (weights.get(type) ?? 0);
    if (weight === 0) continue;
    const item = items.get(product);
    if (item) item.weight += weight;
    else if (items.size < itemsMax) items.set(product, { product, atMs, weight });
  }
  return [...items.values()];
};
