import { best } from './best.ts';
import type { HistoryItems } from './history-items.ts';
import type { ProductShoppers } from './nearest-shoppers.ts';

/** Fewer shoppers in common than this say little: they are taken for chance. */
export const similarShrinkage = 10;

/** How many of a product's newest shoppers were at each other product: by its number, of which its own is 0. */
export const sharedShoppers = (items: readonly HistoryItems[], products: number): Float64Array => {
  const counts = new Float64Array(products);
  for (const history of items)
    for (const product of history) counts[product] = (counts[product] as number) + 1;
  counts[0] = 0;
  return counts;
};

/**
 * Products by their shrunk cosine to one: c / (√(n·m) + h), where c is the number of shoppers in common, estimated from
 * the newest of n. Ferrari Dacrema, Cremonesi and Jannach: Are We Really Making Much Progress?, RecSys 2019.
 */
export const similarScores = (
  { shoppers, newest }: ProductShoppers,
  { counts, keys }: { counts: Float64Array; keys: Float64Array },
  shoppersOf: ReadonlyMap<number, number>,
  { limit }: { limit: number },
): { product: number; score: number }[] => {
  const sampled = Math.max(1, newest.hours.length) / Math.max(1, shoppers);
  const scored: { product: number; score: number }[] = [];
  for (const [number, count] of counts.entries()) {
    const product = keys[number] as number;
    const otherShoppers = count > 0 ? shoppersOf.get(product) : undefined;
    if (otherShoppers === undefined) continue;
    scored.push({
      product,
      score: count / sampled / (Math.sqrt(shoppers * otherShoppers) + similarShrinkage),
    });
  }
  return best(scored, limit, (a, b) => b.score - a.score || a.product - b.product);
};
