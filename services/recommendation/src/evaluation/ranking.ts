import type { Rank } from './metrics.ts';
import type { TrainingData } from './training-data.ts';

/** Beyond this place nobody looks: what stands there counts as not shown. */
const placesMax = 20;

export interface Sought {
  /** The product to be found. */
  product: number;
  /** Products that do not count, since the user has them already. */
  without: ReadonlySet<number>;
}

/**
 * A list of a recommender as a ranking of every product: what is not in the list follows by popularity, for every
 * recommender alike.
 */
export const createRanking = (list: readonly number[], { mostPopular, popularityRanks }: TrainingData) => {
  const places = new Map(list.map((product, place) => [product, place]));
  const placeOf = (product: number): number =>
    places.get(product) ?? list.length + (popularityRanks[product] as number);

  /** The first places, without what does not count. */
  const shown = (without: ReadonlySet<number>, count = placesMax): number[] => {
    const found: number[] = [];
    const take = (products: Iterable<number>, isKnown: (product: number) => boolean) => {
      for (const product of products) {
        if (found.length >= count) return;
        if (!without.has(product) && !isKnown(product)) found.push(product);
      }
    };
    take(list, () => false);
    take(mostPopular, (product) => places.has(product));
    return found;
  };

  return {
    shown,
    /** The place of the product among all that count. */
    rankOf: ({ product, without }: Sought): Rank => {
      const place = shown(without).indexOf(product);
      return place === -1 ? Number.POSITIVE_INFINITY : place + 1;
    },
    /** The place of the product among it and the others. */
    rankAmong: (product: number, others: readonly number[]): Rank =>
      1 + others.filter((other) => placeOf(other) < placeOf(product)).length,
  };
};

export type Ranking = ReturnType<typeof createRanking>;

/** So many products that the user does not have, at random; fewer where the catalogue has no more. */
export const drawNegatives = (
  { product, without }: Sought,
  productCount: number,
  count: number,
  random: () => number,
): number[] => {
  const counts = (other: number) => other !== product && !without.has(other);
  if (productCount <= (count + without.size) * 2)
    return shuffledFirst(
      Array.from({ length: productCount }, (_, other) => other).filter(counts),
      count,
      random,
    );
  const drawn = new Set<number>();
  while (drawn.size < count) {
    const other = Math.floor(random() * productCount);
    if (counts(other)) drawn.add(other);
  }
  return [...drawn];
};

const shuffledFirst = (products: number[], count: number, random: () => number): number[] => {
  for (let at = 0; at < Math.min(count, products.length); at += 1) {
    const other = at + Math.floor(random() * (products.length - at));
    [products[at], products[other]] = [products[other] as number, products[at] as number];
  }
  return products.slice(0, count);
};
