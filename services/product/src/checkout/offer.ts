import { hash } from 'node:crypto';
import type { Product } from '../catalogue/product.ts';
import type { Cart, CartItem } from './cart.ts';

/** What is not any more as the cart says, or as its user saw it. Money in minor units. */
export type Difference =
  | { kind: 'cart'; cart_version: number }
  | { kind: 'gone'; product_id: string }
  | { kind: 'stock'; product_id: string; wanted: number; available: number }
  | { kind: 'price'; product_id: string; currency: string; before_minor: number | null; now_minor: number };

/** What can be ordered now. */
export interface Offer {
  lines: { product: Product; quantity: number }[];
  differences: Difference[];
  /** What a user confirms: another text for any other lines or prices. */
  confirm: string;
}

/**
 * What a cart comes to with the prices and the stock of now. `seenVersion` is the version that its user saw; `products`
 * has those of its products that are in the catalogue.
 */
export const offerOf = (cart: Cart, seenVersion: number, products: ReadonlyMap<string, Product>): Offer => {
  const differences: Difference[] = [];
  if (seenVersion < cart.itemsVersion) differences.push({ kind: 'cart', cart_version: cart.version });
  const lines = cart.items.flatMap((item) => {
    const product = products.get(item.product_id);
    differences.push(...differencesOf(item, product));
    const quantity = product ? Math.min(item.quantity, product.stock ?? item.quantity) : 0;
    return product && quantity > 0 ? [{ product, quantity }] : [];
  });
  return { lines, differences, confirm: digestOf(cart, lines) };
};

const differencesOf = (
  { product_id, quantity, price_minor, currency }: CartItem,
  product: Product | undefined,
): Difference[] => {
  if (!product) return [{ kind: 'gone', product_id }];
  const { stock, priceMinor } = product;
  const lacks = stock !== null && stock < quantity;
  const isSame = price_minor === priceMinor && currency === product.currency;
  return [
    ...(lacks ? [{ kind: 'stock' as const, product_id, wanted: quantity, available: stock }] : []),
    ...(isSame
      ? []
      : [
          {
            kind: 'price' as const,
            product_id,
            currency: product.currency,
            before_minor: currency === product.currency && price_minor !== null ? price_minor : null,
            now_minor: priceMinor,
          },
        ]),
  ];
};

const digestOf = ({ userId }: Cart, lines: Offer['lines']): string => {
  const ordered = lines.map(({ product, quantity }) => [
    product.id,
    quantity,
    product.priceMinor,
    product.currency,
  ]);
  return hash('sha256', JSON.stringify([userId, ...ordered]), 'base64url');
};
