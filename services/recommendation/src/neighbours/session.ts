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

const dayMs = 86_400_000;

/**
 * The share of what a shopper did that was doing it again on another day, from 0 to 1: of the products of each day (UTC)
 * those of an earlier one.
 */
export const habitOf = (history: readonly Interaction[], weights: ReadonlyMap<string, number>): number => {
  const counting = history.filter(({ type, returned }) => !returned && (weights.get(type) ?? 0) > 0);
  const products = new Set(counting.map(({ product }) => product)).size;
  if (products === counting.length) return 0;
  const ofDays = new Set(counting.map(({ product, atMs }) => `${product} ${Math.floor(atMs / dayMs)}`)).size;
  return 1 - products / ofDays;
};
