import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';
import { drawFate, type Fate } from './fate.ts';
import type { ShopperEvent } from './shopper-stream.ts';

/** What one shopper buys at one moment. */
export interface SeededPurchase {
  user: number;
  lines: ShopperEvent[];
  fate: Fate;
}

/** Tells the purchases among what shoppers do, and what becomes of each, as the seed says. */
export const createPurchases = (seed: number) => {
  const generator = mersenne(seed);
  return {
    of: (events: readonly ShopperEvent[]): SeededPurchase[] => {
      const bought = events.filter(({ type }) => type === 'purchase');
      const visits = Map.groupBy(bought, ({ user, atMs }) => `${user} ${atMs}`);
      return [...visits.values()].map((lines) => ({
        user: (lines[0] as ShopperEvent).user,
        lines,
        fate: drawFate(() => uniformFloat64(generator)),
      }));
    },
  };
};
