import type { Histories } from './histories.ts';
import type { Likeness } from './nearest-shoppers.ts';

/*
 * What neighbours say: loops over thousands of interactions, so without objects. A product of the session has its place
 * for a number; what the last neighbour says is multiplied by `lastWeight`.
 */

/** How much the neighbours say of each product, by its number, before its rarity is known. */
export const sessionVotes = (session: Likeness, histories: Histories, lastWeight = 1): Float64Array => {
  const votes = new Float64Array(histories.keys.length);
  const { products, ends } = histories;
  const common = commonFor(session);
  for (let neighbour = 0; neighbour < ends.length; neighbour++) {
    const from = neighbour === 0 ? 0 : (ends[neighbour - 1] as number);
    const to = ends[neighbour] as number;
    const count = findCommon(common, products, from, to);
    const weight = neighbour === ends.length - 1 ? lastWeight : 1;
    for (let at = from; at < to; at++) {
      const product = products[at] as number;
      let sum = 0;
      for (let one = 0; one < count; one++) sum += vote(session, common, one, at);
      votes[product] = (votes[product] as number) + sum * weight;
    }
  }
  return votes;
};

/** How much of the votes for some products, given by number, comes from each product of the session, by its place. */
export const partsOfVotes = (
  numbers: readonly number[],
  session: Likeness,
  { keys, products, ends }: Histories,
  lastWeight = 1,
): Float64Array[] => {
  const parts = numbers.map(() => new Float64Array(session.even.length));
  // By number: 1 more than the place among those given, or 0.
  const given = new Int32Array(keys.length);
  for (const [at, number] of numbers.entries()) given[number] = at + 1;
  const common = commonFor(session);
  for (let neighbour = 0; neighbour < ends.length; neighbour++) {
    const from = neighbour === 0 ? 0 : (ends[neighbour - 1] as number);
    const to = ends[neighbour] as number;
    const count = findCommon(common, products, from, to);
    const weight = neighbour === ends.length - 1 ? lastWeight : 1;
    for (let at = from; at < to; at++) {
      const asked = given[products[at] as number] as number;
      if (asked === 0) continue;
      const of = parts[asked - 1] as Float64Array;
      for (let one = 0; one < count; one++) {
        const place = common.places[one] as number;
        of[place] = (of[place] as number) + vote(session, common, one, at) * weight;
      }
    }
  }
  return parts;
};

/** How much more recency says of what stands near: half of this beside the product, then a third, a fourth … */
export const nearby = 4;

/** The products of the session that a neighbour has: their places in the session, and where they are in its history. */
interface Common {
  places: Int32Array;
  ats: Int32Array;
}

const commonFor = ({ even }: Likeness): Common => ({
  places: new Int32Array(even.length),
  ats: new Int32Array(even.length),
});

/** Fills in the products of the session that stand from one place of `products` to another; returns how many. */
const findCommon = (common: Common, products: Int32Array, from: number, to: number): number => {
  let count = 0;
  for (let at = from; at < to; at++) {
    const place = products[at] as number;
    if (place >= common.places.length) continue;
    common.places[count] = place;
    common.ats[count++] = at;
  }
  return count;
};

/**
 * What one neighbour says of the product that stands at a place of its history, for one product in common; nothing for
 * that itself, or whatever the shopper has just seen would come first. Recency counts as far as the two stand near each
 * other: where the order means nothing, all that is in common decides. The weight of an interaction has no part: it says
 * what sells, not what goes together.
 */
const vote = ({ even, recent }: Likeness, { places, ats }: Common, one: number, at: number): number => {
  const apart = Math.abs(at - (ats[one] as number));
  if (apart === 0) return 0;
  const place = places[one] as number;
  return (even[place] as number) + ((recent[place] as number) * nearby) / (1 + apart);
};
