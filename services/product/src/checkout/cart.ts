import { isDeepStrictEqual } from 'node:util';

/** One product of a cart, with its price when it came into it. */
export interface CartItem {
  product_id: string;
  quantity: number;
  /** Minor units of the currency; null where the catalogue did not know the product. */
  price_minor: number | null;
  currency: string | null;
}

export interface Cart {
  userId: string;
  version: number;
  /** The version since which the items are these: what was seen of any later one is still right. */
  itemsVersion: number;
  items: CartItem[];
}

/** What an event says of a cart. */
export interface CartState {
  user_id: string;
  version: number;
  cart: readonly { product_id: string; quantity: number }[];
}

export interface Price {
  priceMinor: number;
  currency: string;
}

/**
 * The cart after this state; undefined when the state is no newer one. A product that stays in the cart keeps the price
 * with which it came.
 */
export const nextCart = (
  before: Cart | undefined,
  { user_id, version, cart }: CartState,
  priceOf: (productId: string) => Price | undefined,
): Cart | undefined => {
  if (before && before.version >= version) return undefined;
  const known = new Map(before?.items.map((item) => [item.product_id, item]));
  const items = cart.map(({ product_id, quantity }) => {
    const price = priceOf(product_id);
    const { price_minor, currency } = known.get(product_id) ?? {
      price_minor: price?.priceMinor ?? null,
      currency: price?.currency ?? null,
    };
    return { product_id, quantity, price_minor, currency };
  });
  const isSame = before !== undefined && isDeepStrictEqual(items, before.items);
  return { userId: user_id, version, itemsVersion: isSame ? before.itemsVersion : version, items };
};
