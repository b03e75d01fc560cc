import { Heap } from 'heap-js';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';
import { exponential, type SessionStep, shoppingSession, stepsMean } from './session.ts';
import { type Random, weightedSampler, zipfWeights } from './zipf.ts';

/** What a shopper does, so many milliseconds after the beginning of the stream. */
export interface ShopperEvent extends Omit<SessionStep, 'afterMs'> {
  atMs: number;
  /** 0 … users - 1 */
  user: number;
}

export interface ShopperStreamOptions {
  seed: number;
  users: number;
  /** The category of each product, by its place. */
  categories: readonly string[];
  /** The mean number of events per second. */
  rate: number;
}

const productExponent = 1;
/** Some people visit more than others, though not as unevenly as products sell. */
const userExponent = 0.5;
const favouritesPerUser = 2;
const favouriteChance = 0.7;
/** The stream begins in the middle of a day: sessions that began so long ago are still under way. */
const warmUpMs = 120_000;

/**
 * An endless stream of what shoppers do, in the order of its times. Sessions arrive at random (a Poisson process) so
 * that the mean rate is the wanted one from the first second on; products are looked at by Zipf's law, for the most part
 * in the shopper's favourite categories. The same options give the same stream.
 */
export function* shopperStream(options: ShopperStreamOptions): Generator<ShopperEvent, never, undefined> {
  const generator = mersenne(options.seed);
  const random: Random = () => uniformFloat64(generator);
  const pickFor = tastes(options, random);
  const visitor = weightedSampler(zipfWeights(options.users, userExponent));
  const gapMeanMs = (stepsMean / options.rate) * 1_000;
  // Of the same time, the step that was added first comes first.
  const waiting = new Heap<ShopperEvent & { order: number }>((a, b) => a.atMs - b.atMs || a.order - b.order);
  let added = 0;

  for (let arrivalMs = -warmUpMs; ; arrivalMs += exponential(random, gapMeanMs)) {
    while ((waiting.peek()?.atMs ?? Infinity) <= arrivalMs) yield waiting.pop() as ShopperEvent;
    const user = visitor(random);
    for (const { afterMs, ...step } of shoppingSession(random, pickFor(user))) {
      const atMs = arrivalMs + afterMs;
      if (atMs >= 0) waiting.push({ ...step, user, atMs, order: added++ });
    }
  }
}

/** Gives every user favourite categories, and every product a rank; answers how a user picks a product. */
const tastes = ({ users, categories }: ShopperStreamOptions, random: Random) => {
  const ranked = shuffled(zipfWeights(categories.length, productExponent), random);
  const anything = weightedSampler(ranked);
  const within = [...new Set(categories)].map((wanted) =>
    weightedSampler(ranked.map((weight, product) => (categories[product] === wanted ? weight : 0))),
  );
  const favourites = Array.from({ length: users }, () =>
    Array.from({ length: favouritesPerUser }, () => within[Math.floor(random() * within.length)] ?? anything),
  );
  return (user: number) => (draw: Random) => {
    if (draw() >= favouriteChance) return anything(draw);
    const favourite = favourites[user]?.[Math.floor(draw() * favouritesPerUser)] ?? anything;
    return favourite(draw);
  };
};

/** Fisher and Yates. */
const shuffled = <T>(list: T[], random: Random): T[] => {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other] as T, list[last] as T];
  }
  return list;
};
