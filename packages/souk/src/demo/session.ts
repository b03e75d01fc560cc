import type { Random } from './zipf.ts';

export type ShopperAction = 'view' | 'like' | 'add_to_cart' | 'purchase';

/** One thing a shopper does, so long after the beginning of the session. */
export interface SessionStep {
  afterMs: number;
  type: ShopperAction;
  product: number;
  /** Of what goes into the cart and what is bought. */
  quantity: number | undefined;
}

const goOnViewing = 0.75;
const viewsMax = 20;
const likeChance = 0.12;
const cartChance = 0.25;
const checkoutChance = 0.5;
const thinkMeanMs = 4_000;

/** The mean number of views: the chance of the k-th one is goOnViewing^(k-1). */
const viewsMean = (1 - goOnViewing ** viewsMax) / (1 - goOnViewing);

/** The mean number of steps of a session, exactly. */
export const stepsMean = viewsMean * (1 + likeChance + cartChance + cartChance * checkoutChance);

/**
 * One visit to the shop: products are viewed one after the other, some are liked, some go into the cart, and at the end
 * the cart is bought or left. Between steps the shopper thinks. `pick` chooses the next product to look at.
 */
export const shoppingSession = (random: Random, pick: (random: Random) => number): SessionStep[] => {
  const steps: SessionStep[] = [];
  const cart: { product: number; quantity: number }[] = [];
  let afterMs = 0;
  const step = (type: ShopperAction, product: number, quantity?: number) =>
    steps.push({ afterMs, type, product, quantity });
  const think = () => {
    afterMs += exponential(random, thinkMeanMs);
  };

  for (let views = 0; views < viewsMax; views += 1) {
    if (views > 0 && random() >= goOnViewing) break;
    const product = pick(random);
    step('view', product);
    think();
    if (random() < likeChance) step('like', product);
    if (random() >= cartChance) continue;
    const quantity = quantityOf(random);
    cart.push({ product, quantity });
    step('add_to_cart', product, quantity);
    think();
  }
  if (random() < checkoutChance)
    for (const { product, quantity } of cart) step('purchase', product, quantity);
  return steps;
};

/** A random time with this mean, memoryless: of waiting, of arrivals. */
export const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean;

/** Mostly one, sometimes up to four. */
const quantityOf = (random: Random): number => 1 + Math.floor(random() ** 3 * 4);
