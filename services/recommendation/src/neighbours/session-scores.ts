import { best } from './best.ts';
import type { HistoryItems } from './history-items.ts';
import type { NearShopper } from './nearest-shoppers.ts';
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
  for (const neighbour of near)
    forEachVote(neighbour, (product, similarity, factor) => {
      votes[product] = (votes[product] as number) + similarity * factor;
    });
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

export const halfHourMs = 30 * 60_000;
/** How much more a product says that the neighbour was at together with one of the session, within minutes. */
export const closenessMax = 1;
/** A neighbour's votes are divided by this power of the number of its products. */
export const shortHistoryPower = 0.25;

/**
 * What one neighbour says of each product of its history: the similarity times a factor. The similarity is without what
 * the product itself adds to it, or whatever the shopper has just seen would come first. The factor is larger for what it
 * was at about the same time as the newest product in common, most likely for the same purpose; and a little for short
 * histories, which say more of each product. The weight of an interaction is none: it says what sells, not what goes
 * together, and cost a tenth of the next products that were found.
 */
const forEachVote = (
  { similarity, shared, items: { products, atMs } }: Neighbour,
  visit: (product: number, similarity: number, factor: number) => void,
): void => {
  // A product of the session has its place for a number.
  const own = new Map(shared.map(({ place, part }) => [place, part]));
  const sessionEnd = (shared.at(-1)?.place ?? -1) + 1;
  const common = products.indexOf(shared[0]?.place ?? -1);
  const commonAtMs = common === -1 ? Number.NEGATIVE_INFINITY : (atMs[common] as number);
  const scale = products.length ** -shortHistoryPower;
  for (let at = 0; at < products.length; at++) {
    const product = products[at] as number;
    const rest = product < sessionEnd ? similarity - (own.get(product) ?? 0) : similarity;
    if (rest <= 0) continue;
    const apart = Math.abs((atMs[at] as number) - commonAtMs) / halfHourMs;
    visit(product, rest, scale * (1 + closenessMax / (1 + apart)));
  }
};

/** How much of the votes for these products, given by number, comes from each product of the session, by its place. */
export const partsOf = (
  products: readonly number[],
  session: readonly SessionItem[],
  near: readonly Neighbour[],
): Map<number, number[]> => {
  const parts = new Map(products.map((product) => [product, session.map(() => 0)]));
  for (const neighbour of near)
    forEachVote(neighbour, (product, _similarity, factor) => {
      const of = parts.get(product);
      if (!of) return;
      for (const { place, part } of neighbour.shared)
        if (place !== product) of[place] = (of[place] as number) + part * factor;
    });
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
