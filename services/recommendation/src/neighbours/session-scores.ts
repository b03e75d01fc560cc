import { best } from './best.ts';
import type { HistoryItems } from './history-items.ts';
import type { NearShopper, SharedProduct } from './nearest-shoppers.ts';
import { rarity } from './rarity.ts';
import type { SessionItem } from './session.ts';

/** A product with its score, and the products of the session it comes from, those that gave most first. */
export interface Candidate {
  product: number;
  score: number;
  because: number[];
}

/** A near shopper and what it was at. */
export type Neighbour = NearShopper & { items: HistoryItems };

/** The near shoppers of a session, and the keys of all products by the numbers they have in the items. */
export interface Neighbours {
  near: readonly Neighbour[];
  keys: Float64Array;
}

/** How much the near shoppers say of each product, by its number, before its rarity is known. */
export const sessionVotes = ({ near, keys }: Neighbours): Float64Array => {
  const votes = new Float64Array(keys.length);
  for (const neighbour of near) {
    const common = commonOf(neighbour);
    for (let at = 0; at < neighbour.items.length; at++) {
      const product = neighbour.items[at] as number;
      let sum = 0;
      for (const one of common) if (one.place !== product) sum += vote(at, one);
      votes[product] = (votes[product] as number) + sum;
    }
  }
  return votes;
};

/**
 * The candidates of a session, best first, ties by key: the votes of the neighbours, weighed by the product's rarity.
 * `shoppersOf` has the products that may be shown, each with the number of its shoppers.
 */
export const sessionScores = (
  session: readonly SessionItem[],
  neighbours: Neighbours,
  votes: Float64Array,
  shoppersOf: ReadonlyMap<number, number>,
  { limit }: { limit: number },
): Candidate[] => {
  const scored: { number: number; product: number; score: number }[] = [];
  for (const [number, ofProduct] of votes.entries()) {
    const product = neighbours.keys[number] as number;
    const shoppers = ofProduct > 0 ? shoppersOf.get(product) : undefined;
    if (shoppers !== undefined) scored.push({ number, product, score: ofProduct * rarity(shoppers) });
  }
  const shown = best(scored, limit, (a, b) => b.score - a.score || a.product - b.product);
  const parts = partsOf(
    shown.map(({ number }) => number),
    session,
    neighbours.near,
  );
  return shown.map(({ number, product, score }) => ({
    product,
    score,
    because: becauseOf(session, parts.get(number) ?? []),
  }));
};

/** A product in common: `at` is where it stands in the history of the neighbour. */
type Common = SharedProduct & { at: number };

/** A product of the session has its place for a number. One that is gone since stands nowhere. */
const commonOf = ({ shared, items }: Neighbour): Common[] =>
  shared.map(({ place, even, recent }) => {
    const at = items.indexOf(place);
    return { place, even, recent, at: at === -1 ? Number.POSITIVE_INFINITY : at };
  });

/** How much more recency says of what stands near: half of this beside the product, then a third, a fourth … */
export const nearby = 4;

/**
 * What one neighbour says of the product that stands at a place of its history, for one product in common; nothing for
 * that itself, or whatever the shopper has just seen would come first. Recency counts as far as the two stand near each
 * other: where the order means nothing, all that is in common decides. The weight of an interaction has no part: it says
 * what sells, not what goes together.
 */
const vote = (at: number, common: Common): number =>
  common.even + (common.recent * nearby) / (1 + Math.abs(at - common.at));

/** How much of the votes for these products, given by number, comes from each product of the session, by its place. */
export const partsOf = (
  products: readonly number[],
  session: readonly SessionItem[],
  near: readonly Neighbour[],
): Map<number, number[]> => {
  const parts = new Map(products.map((product) => [product, session.map(() => 0)]));
  for (const neighbour of near) {
    const common = commonOf(neighbour);
    for (let at = 0; at < neighbour.items.length; at++) {
      const product = neighbour.items[at] as number;
      const of = parts.get(product);
      if (!of) continue;
      for (const one of common)
        if (one.place !== product) of[one.place] = (of[one.place] as number) + vote(at, one);
    }
  }
  return parts;
};

export const becauseMax = 3;

const becauseOf = (session: readonly SessionItem[], parts: readonly number[]): number[] =>
  parts
    .map((part, place) => ({ part, product: session[place]?.product as number }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part || a.product - b.product)
    .slice(0, becauseMax)
    .map(({ product }) => product);
