import { best } from './best.ts';
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

/** How much the near shoppers say of each product, before its rarity is known. */
export const sessionVotes = (
  session: readonly SessionItem[],
  neighbours: readonly Neighbour[],
): Map<number, number> => {
  const votes = new Map<number, number>();
  for (const neighbour of neighbours)
    forEachVote(session, neighbour, (product, similarity, factor) =>
      votes.set(product, (votes.get(product) ?? 0) + similarity * factor),
    );
  return votes;
};

/** The products with the most votes, ties by key. */
export const mostVoted = (votes: ReadonlyMap<number, number>, count: number): number[] =>
  best(votes, count, ([a, one], [b, other]) => other - one || a - b).map(([product]) => product);

/**
 * The candidates of a session, best first, ties by key: the votes of the neighbours, weighed by the product's rarity.
 * `shoppersOf` has the products that may be shown, each with the number of its shoppers.
 */
export const sessionScores = (
  session: readonly SessionItem[],
  neighbours: readonly Neighbour[],
  votes: ReadonlyMap<number, number>,
  shoppersOf: ReadonlyMap<number, number>,
  { limit }: { limit: number },
): Candidate[] => {
  const scored = [...shoppersOf].flatMap(([product, shoppers]) => {
    const ofProduct = votes.get(product);
    return ofProduct === undefined ? [] : [{ product, score: ofProduct * rarity(shoppers) }];
  });
  const shown = best(scored, limit, (a, b) => b.score - a.score || a.product - b.product);
  const parts = partsOf(new Set(shown.map(({ product }) => product)), session, neighbours);
  return shown.map((one) => ({ ...one, because: becauseOf(session, parts.get(one.product) ?? []) }));
};

const halfHourMs = 30 * 60_000;
/** How much more a product says that the neighbour was at together with one of the session, within minutes. */
const closenessMax = 1;

/**
 * What one neighbour says of each product of its history: the similarity times a factor. The similarity is without what
 * the product itself adds to it, or whatever the shopper has just seen would come first. The factor is larger for what it
 * was at about the same time as the newest product in common, most likely for the same purpose; and a little for short
 * histories, which say more of each product. The weight of an interaction is none: it says what sells, not what goes
 * together, and cost a tenth of the next products that were found.
 */
const forEachVote = (
  session: readonly SessionItem[],
  { similarity, shared, items }: Neighbour,
  visit: (product: number, similarity: number, factor: number) => void,
): void => {
  const own = new Map(shared.map(({ place, part }) => [session[place]?.product as number, part]));
  const [newest] = own.keys();
  const commonAtMs = items.find(({ product }) => product === newest)?.atMs;
  const scale = items.length ** -0.25;
  for (const { product, atMs } of items) {
    const rest = similarity - (own.get(product) ?? 0);
    if (rest <= 0) continue;
    const apart =
      commonAtMs === undefined ? Number.POSITIVE_INFINITY : Math.abs(atMs - commonAtMs) / halfHourMs;
    visit(product, rest, scale * (1 + closenessMax / (1 + apart)));
  }
};

/** How much of the votes for these products comes from each product of the session, by its place. */
export const partsOf = (
  products: ReadonlySet<number>,
  session: readonly SessionItem[],
  neighbours: readonly Neighbour[],
): Map<number, number[]> => {
  const parts = new Map([...products].map((product) => [product, session.map(() => 0)]));
  for (const neighbour of neighbours)
    forEachVote(session, neighbour, (product, _similarity, factor) => {
      const of = parts.get(product);
      if (!of) return;
      for (const { place, part } of neighbour.shared)
        if (session[place]?.product !== product) of[place] = (of[place] as number) + part * factor;
    });
  return parts;
};

const becauseMax = 3;

const becauseOf = (session: readonly SessionItem[], parts: readonly number[]): number[] =>
  parts
    .map((part, place) => ({ part, product: session[place]?.product as number }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part || a.product - b.product)
    .slice(0, becauseMax)
    .map(({ product }) => product);
