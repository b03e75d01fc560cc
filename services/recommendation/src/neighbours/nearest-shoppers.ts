import { best } from './best.ts';
import { rarity } from './rarity.ts';
import type { SessionItem } from './session.ts';

/** The newest shoppers of a product. */
export interface ProductShoppers {
  product: number;
  /** How many shoppers have it in their history, all counted. */
  shoppers: number;
  /** Newest first: their keys, and the hours of their newest interaction with it. */
  newest: { shopper: string; hour: number }[];
}

/** A shopper with some of the same products. */
export interface NearShopper {
  shopper: string;
  /** Σ of the parts. */
  similarity: number;
  /** The products in common, by their places in the session, the newest first: what each adds to the similarity. */
  shared: { place: number; part: number }[];
}

/**
 * The newest product of a session counts most, the older ones quickly less; in a short session, where little else is
 * known, less so: besides, all share three quarters of a part equally.
 */
const recency = (place: number, length: number): number => (place + 1) ** -2 + 0.75 / length;

/**
 * The shoppers most like a session, after VMIS-kNN (Kersbergen, Sprangers and Schelter: Serenade, SIGMOD 2022): whoever
 * was at the same products, the newer in the session and the rarer the more; then who came last, then by key.
 */
export const nearestShoppers = (
  session: readonly SessionItem[],
  products: ReadonlyMap<number, ProductShoppers>,
  { neighboursMax, self }: { neighboursMax: number; self?: string },
): NearShopper[] => {
  const found = new Map<string, NearShopper & { hour: number }>();
  for (const [place, { product }] of session.entries()) {
    const { shoppers, newest } = products.get(product) ?? { shoppers: 0, newest: [] };
    const part = recency(place, session.length) * rarity(shoppers);
    for (const { shopper, hour } of newest) {
      const near = found.get(shopper);
      if (near) {
        near.similarity += part;
        near.shared.push({ place, part });
        if (hour > near.hour) near.hour = hour;
      } else if (shopper !== self)
        found.set(shopper, { shopper, similarity: part, shared: [{ place, part }], hour });
    }
  }
  return best(
    found.values(),
    neighboursMax,
    (a, b) => b.similarity - a.similarity || b.hour - a.hour || (a.shopper < b.shopper ? -1 : 1),
  );
};
