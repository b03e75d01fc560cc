/** Keeps products of a handful of shoppers from weighing more than all others. */
export const rarityShrinkage = 12;

/** How much a product says about a shopper: less, the more shoppers have it. The root as in a cosine. */
export const rarity = (shoppers: number): number => 1 / Math.sqrt(shoppers + rarityShrinkage);
