import { best } from './best.ts';
import { numberedKeys } from './numbered-keys.ts';
import { rarity } from './rarity.ts';
import type { SessionItem } from './session.ts';

/** The newest shoppers of a product. */
export interface ProductShoppers {
  product: number;
  /** How many shoppers have it in their history, all counted. */
  shoppers: number;
  /** Newest first: their keys, and the hours of their newest interaction with it. */
  newest: { keys: BigInt64Array<ArrayBuffer>; hours: Int32Array };
}

/** A shopper with some of the same products. */
export interface NearShopper {
  /** Its key. */
  shopper: bigint;
  /** Σ of the parts. */
  similarity: number;
  /** The products in common, by their places in the session, the newest first: what each adds to the similarity. */
  shared: { place: number; part: number }[];
}

/** Of the place of a product in a session: how fast the older ones lose. */
export const recencyPower = 2;
/** What the products of a session share equally, besides. */
export const equalShare = 0.75;

/**
 * The newest product of a session counts most, the older ones quickly less; in a short session, where little else is
 * known, less so: besides, all share a part equally.
 */
const recency = (place: number, length: number): number => (place + 1) ** -recencyPower + equalShare / length;

/**
 * The shoppers most like a session, after VMIS-kNN (Kersbergen, Sprangers and Schelter: Serenade, SIGMOD 2022): whoever
 * was at the same products, the newer in the session and the rarer the more; then who came last, then by key.
 */
export const nearestShoppers = (
  session: readonly SessionItem[],
  products: ReadonlyMap<number, ProductShoppers>,
  { neighboursMax, self }: { neighboursMax: number; self?: bigint },
): NearShopper[] => {
  const lists = session.map(({ product }, place) => {
    const { shoppers, newest } = products.get(product) ?? nobody;
    return { ...newest, place, part: recency(place, session.length) * rarity(shoppers) };
  });
  const max = lists.reduce((sum, { keys }) => sum + keys.length, 0);
  const numbered = numberedKeys(max);
  const similarities = new Float64Array(max);
  const newestHours = new Int32Array(max).fill(-(2 ** 31));
  const numbers = lists.map(({ keys, hours, part }) => {
    const words = new Int32Array(keys.buffer, keys.byteOffset, 2 * keys.length);
    return hours.map((hour, at) => {
      const number = numbered.numberOf(words[2 * at] as number, words[2 * at + 1] as number);
      similarities[number] = (similarities[number] as number) + part;
      if (hour > (newestHours[number] as number)) newestHours[number] = hour;
      return number;
    });
  });
  const keys = new BigInt64Array(numbered.words.buffer);
  const others = Array.from({ length: numbered.size() }, (_, number) => number).filter(
    (number) => keys[number] !== self,
  );
  const nearest = best(
    others,
    neighboursMax,
    (a, b) =>
      (similarities[b] as number) - (similarities[a] as number) ||
      (newestHours[b] as number) - (newestHours[a] as number) ||
      (String(keys[a]) < String(keys[b]) ? -1 : 1),
  );
  const near: (NearShopper | undefined)[] = new Array(max);
  for (const number of nearest)
    near[number] = {
      shopper: keys[number] as bigint,
      similarity: similarities[number] as number,
      shared: [],
    };
  for (const [at, { place, part }] of lists.entries())
    for (const number of numbers[at] as Int32Array) near[number]?.shared.push({ place, part });
  return nearest.map((number) => near[number] as NearShopper);
};

const nobody = { shoppers: 0, newest: { keys: new BigInt64Array(), hours: new Int32Array() } };
