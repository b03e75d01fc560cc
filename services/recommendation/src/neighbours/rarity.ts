/** Keeps products of a handful of shoppers from weighing more than all others. */
export const rarityShrinkage = 12;

/** How much a product says about a shopper: less, the more shoppers have it. The root as in a cosine. */
export const rarity = (shoppers: number): number => 1 / Math.sqrt(shoppers + rarityShrinkage);

/** What votes are multiplied by, with the power of dampingPower(). */
export const votesDamped = (shoppers: number, power: number): number =>
  (shoppers + rarityShrinkage) ** -power;

/** The power for a session of very many products. */
export const longSessionPower = 0.6;

/**
 * How much it takes off the votes for a product that many shoppers have it. The votes for one product alone are as its
 * chances: nothing is taken off. Each product more is further evidence, by which chances multiply, while votes add up:
 * what goes with all of them has too few, and what everybody has too many. Who does things again, by habitOf(), finds
 * what is new among what everybody has.
 */
export const dampingPower = (products: number, habit: number): number =>
  longSessionPower * ((products - 1) / (products + 1)) * (1 - habit) ** 3;
