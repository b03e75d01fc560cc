import type { KeyNumbers } from './key-numbers.ts';
import { largest } from './largest.ts';
import { rarity } from './rarity.ts';

/** The newest shoppers of a product. */
export interface ProductShoppers {
  /** The product's id; null when its state is not known. */
  id: string | null;
  /** How many shoppers have it in their history, all counted. */
  shoppers: number;
  /** Their keys, newest first. */
  newest: BigInt64Array<ArrayBuffer>;
}

/** How much each product of a session says of two shoppers who have it being alike, by its place, newest first. */
export interface Likeness {
  /** As much for every product of the session. */
  even: Float64Array;
  /** Quickly less for the older ones. */
  recent: Float64Array;
}

/** Of the place of a product in a session: how fast the older ones lose. */
export const recencyPower = 2;
/** What the products of a session share equally, besides; the newest has 1 for being the newest. */
export const equalShare = 2;

/** From how many shoppers each product has. */
export const likenessOf = (shoppers: readonly number[]): Likeness => ({
  even: Float64Array.from(shoppers, (count) => (rarity(count) * equalShare) / shoppers.length),
  recent: Float64Array.from(shoppers, (count, place) => rarity(count) * (place + 1) ** -recencyPower),
});

/**
 * The keys of the shoppers most like a session, after VMIS-kNN (Kersbergen, Sprangers and Schelter: Serenade, SIGMOD
 * 2022): whoever was at the same products, the newer in the session and the rarer the more. `newest` has the newest
 * shoppers of each product of the session. Ties: the newer product in common, then who came to it last. `numbers` is
 * cleared first.
 */
export const nearestShoppers = (
  { even, recent }: Likeness,
  newest: readonly BigInt64Array<ArrayBuffer>[],
  numbers: KeyNumbers,
  { neighboursMax, self }: { neighboursMax: number; self?: bigint },
): BigInt64Array<ArrayBuffer> => {
  const max = newest.reduce((sum, keys) => sum + keys.length, 1);
  numbers.clear(max);
  const similarities = new Float64Array(max);
  for (const [place, keys] of newest.entries()) {
    const likeness = (even[place] as number) + (recent[place] as number);
    const words = wordsOf(keys);
    for (let at = 0; at < words.length; at += 2) {
      const number = numbers.numberOf(words[at] as number, words[at + 1] as number);
      similarities[number] = (similarities[number] as number) + likeness;
    }
  }
  if (self !== undefined) {
    const [low, high] = wordsOf(BigInt64Array.of(self)) as unknown as [number, number];
    similarities[numbers.numberOf(low, high)] = 0;
  }
  const keys = new BigInt64Array(numbers.words().buffer);
  const nearest = largest(similarities, neighboursMax);
  return BigInt64Array.of(...nearest.map((number) => keys[number] as bigint));
};

const wordsOf = ({ buffer, byteOffset, length }: BigInt64Array<ArrayBuffer>): Int32Array =>
  new Int32Array(buffer, byteOffset, 2 * length);
