import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { ShopperEvent } from './shopper-stream.ts';
import { weightedSampler } from './zipf.ts';

/** How often what becomes of what a shopper buys: it is sent after its payment, or else. */
const fates = { sent: 0.75, 'ordered elsewhere': 0.1, cancelled: 0.06, returned: 0.06, 'not paid': 0.03 };
export type Fate = keyof typeof fates;

const fateNames = Object.keys(fates) as Fate[];
const sampleFate = weightedSampler(Object.values(fates));

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
        fate: fateNames[sampleFate(() => uniformFloat64(generator))] as Fate,
      }));
    },
  };
};
