import type { NearShopper } from './nearest-shoppers.ts';
import { rarity } from './rarity.ts';
import type { SessionItem } from './session.ts';

/** A product with its score, and the products of the session it comes from, those that gave most first. */
export interface Candidate {
  product: number;
  score: number;
  because: number[];
}

/** What a near shopper was at: all products of the history with their weights. */
export type Neighbour = NearShopper & { items: readonly SessionItem[] };

/** How much each near shopper says of each product, before its rarity is known; best first. */
export const sessionVotes = (neighbours: readonly Neighbour[]): Map<number, number> => {
  const votes = new Map<number, number>();
  for (const { similarity, items } of neighbours)
    for (const { product, weight } of items)
      votes.set(product, (votes.get(product) ?? 0) + vote(similarity, weight, items.length));
  return new Map([...votes].sort(([a, one], [b, other]) => other - one || a - b));
};

/** One neighbour's part: short histories say more of each of their products, repeats of a product less and less. */
const vote = (similarity: number, weight: number, items: number): number =>
  (similarity * Math.log1p(weight)) / Math.sqrt(items);

/**
 * The candidates of a session, best first, ties by key: the votes of the neighbours, weighed by the product's rarity.
 * `shoppersOf` has the products that may be shown, each with the number of its shoppers.
 */
export const sessionScores = (
  session: readonly SessionItem[],
  neighbours: readonly Neighbour[],
  shoppersOf: ReadonlyMap<number, number>,
  { limit }: { limit: number },
): Candidate[] => {
  const scored = [...sessionVotes(neighbours)].flatMap(([product, votes]) => {
    const shoppers = shoppersOf.get(product);
    return shoppers === undefined ? [] : [{ product, score: votes * rarity(shoppers) }];
  });
  return scored
    .sort((a, b) => b.score - a.score || a.product - b.product)
    .slice(0, limit)
    .map(({ product, score }) => ({ product, score, because: becauseOf(product, session, neighbours) }));
};

const becauseMax = 3;

const becauseOf = (
  product: number,
  session: readonly SessionItem[],
  neighbours: readonly Neighbour[],
): number[] => {
  const parts = session.map(() => 0);
  for (const { similarity, shared, items } of neighbours) {
    const item = items.find((one) => one.product === product);
    if (!item) continue;
    const part = vote(similarity, item.weight, items.length) / shared.length;
    for (const place of shared) parts[place] = (parts[place] as number) + part;
  }
  return parts
    .map((part, place) => ({ part, product: session[place]?.product as number }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part || a.product - b.product)
    .slice(0, becauseMax)
    .map(({ product }) => product);
};
