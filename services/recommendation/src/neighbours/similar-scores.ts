import type { Histories } from './histories.ts';

/*
 * The shrunk cosine of two products: c / (√(n·m) + h), where n and m are their numbers of shoppers and c those in common,
 * estimated from the newest of n. Ferrari Dacrema, Cremonesi and Jannach: Are We Really Making Much Progress?, RecSys 2019.
 */

/** Fewer shoppers in common than this say little: they are taken for chance. */
export const similarShrinkage = 10;

/** The shoppers in common with each product, by its number, from the histories of a product's newest shoppers; it is number 0. */
export const sharedShoppers = ({ keys, products, ends }: Histories, shoppers: number): Float64Array => {
  const shared = new Float64Array(keys.length);
  for (let at = 0; at < products.length; at++) {
    const product = products[at] as number;
    shared[product] = (shared[product] as number) + 1;
  }
  shared[0] = 0;
  const sampled = ends.length / shoppers;
  return shared.map((count) => count / sampled);
};

export const similarDamping = (shoppers: number) => ({
  factor: shoppers,
  inner: 0,
  power: 0.5,
  outer: similarShrinkage,
});
