import { best } from './best.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';
import type { SessionItem } from './session.ts';

/** Fewer shoppers in common than this say little: they are taken for chance. */
const shrinkage = 10;

/** How many of a product's newest shoppers were at each other product. */
export const sharedShoppers = (
  product: number,
  histories: readonly (readonly SessionItem[])[],
): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const items of histories)
    for (const item of items)
      if (item.product !== product) counts.set(item.product, (counts.get(item.product) ?? 0) + 1);
  return counts;
};

/**
 * Products by their shrunk cosine to one: c / (√(n·m) + h), where c is the number of shoppers in common, estimated from
 * the newest of n. Ferrari Dacrema, Cremonesi and Jannach: Are We Really Making Much Progress?, RecSys 2019.
 */
export const similarScores = (
  { shoppers, newest }: ProductShoppers,
  counts: ReadonlyMap<number, number>,
  shoppersOf: ReadonlyMap<number, number>,
  { limit }: { limit: number },
): { product: number; score: number }[] => {
  const sampled = Math.max(1, newest.length) / Math.max(1, shoppers);
  const scored = [...shoppersOf].map(([other, otherShoppers]) => {
    const common = (counts.get(other) ?? 0) / sampled;
    return { product: other, score: common / (Math.sqrt(shoppers * otherShoppers) + shrinkage) };
  });
  return best(scored, limit, (a, b) => b.score - a.score || a.product - b.product);
};
