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

/** A product of the session that a near shopper has, too: how much it says of the two being alike. */
export interface SharedProduct {
  /** In the session, the newest first. */
  place: number;
  /** As much for every product of the session. */
  even: number;
  /** Quickly less for the older ones. */
  recent: number;
}

/** A shopper with some of the same products. */
export interface NearShopper {
  /** Its key. */
  shopper: bigint;
  /** Σ of both parts of what is shared. */
  similarity: number;
  /** The products in common, by their places. */
  shared: SharedProduct[];
}

/** Of the place of a product in a session: how fast the older ones lose. */
export const recencyPower = 2;
/** What the products of a session share equally, besides; the newest has 1 for being the newest. */
export const equalShare = 2;

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
    const rare = rarity(shoppers);
    const shared = {
      place,
      even: (rare * equalShare) / session.length,
      recent: rare * (place + 1) ** -recencyPower,
    };
    return { ...newest, shared };
  });
  const max = lists.reduce((sum, { keys }) => sum + keys.length, 0);
  const numbered = numberedKeys(max);
  const similarities = new Float64Array(max);
  const newestHours = new Int32Array(max).fill(-(2 ** 31));
  const numbers = lists.map(({ keys, hours, shared: { even, recent } }) => {
    const words = new Int32Array(keys.buffer, keys.byteOffset, 2 * keys.length);
    return hours.map((hour, at) => {
      const number = numbered.numberOf(words[2 * at] as number, words[2 * at + 1] as number);
      similarities[number] = (similarities[number] as number) + (even + recent);
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
  for (const [at, { shared }] of lists.entries())
    for (const number of numbers[at] as Int32Array) near[number]?.shared.push(shared);
  return nearest.map((number) => near[number] as NearShopper);
};

const nobody = { shoppers: 0, newest: { keys: new BigInt64Array(), hours: new Int32Array() } };
