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
  const { width, table } = votesApart(session, ends);
  const common = commonFor(session);
  // What one neighbour says, by the place in its history.
  const said = new Float64Array(width);
  for (let neighbour = 0; neighbour < ends.length; neighbour++) {
    const from = neighbour === 0 ? 0 : (ends[neighbour - 1] as number);
    const to = ends[neighbour] as number;
    const count = findCommon(common, products, from, to);
    const weight = neighbour === ends.length - 1 ? lastWeight : 1;
    said.fill(0, 0, to - from);
    for (let one = 0; one < count; one++) {
      const row = (common.places[one] as number) * width;
      const own = (common.ats[one] as number) - from;
      for (let at = 0; at < to - from; at++)
        said[at] = (said[at] as number) + (table[row + Math.abs(at - own)] as number);
    }
    for (let at = from; at < to; at++) {
      const product = products[at] as number;
      votes[product] = (votes[product] as number) + (said[at - from] as number) * weight;
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
  const { width, table } = votesApart(session, ends);
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
        const apart = Math.abs(at - (common.ats[one] as number));
        of[place] = (of[place] as number) + (table[place * width + apart] as number) * weight;
      }
    }
  }
  return parts;
};

/** How much more recency says of what stands near: half of this beside the product, then a third, a fourth … */
export const nearby = 4;

/**
 * What one neighbour says of a product of its history, for one product in common: by the place of that in the session,
 * `width` numbers for each, and by how many places the two stand apart. Nothing for the product in common itself, or
 * whatever the shopper has just seen would come first. Recency counts as far as the two stand near each other: where the
 * order means nothing, all that is in common decides. The weight of an interaction has no part: it says what sells, not
 * what goes together.
 */
const votesApart = ({ even, recent }: Likeness, ends: Int32Array): { width: number; table: Float64Array } => {
  let width = 0;
  for (let one = 0; one < ends.length; one++)
    width = Math.max(width, (ends[one] as number) - (one === 0 ? 0 : (ends[one - 1] as number)));
  const table = new Float64Array(even.length * width);
  for (let place = 0; place < even.length; place++)
    for (let apart = 1; apart < width; apart++)
      table[place * width + apart] =
        (even[place] as number) + ((recent[place] as number) * nearby) / (1 + apart);
  return { width, table };
};

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
