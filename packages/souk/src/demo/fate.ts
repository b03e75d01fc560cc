import type { Random } from './zipf.ts';

/** What becomes of what a shopper buys: it is sent after its payment, or this. */
export type Fate = 'sent' | 'cancelled' | 'returned' | 'not paid' | 'ordered elsewhere';

const chances: readonly [Fate, number][] = [
  ['ordered elsewhere', 0.1],
  ['cancelled', 0.06],
  ['returned', 0.06],
  ['not paid', 0.03],
];

export const drawFate = (random: Random): Fate => {
  let left = random();
  for (const [fate, chance] of chances) {
    if (left < chance) return fate;
    left -= chance;
  }
  return 'sent';
};
