import { type FieldError, invalidRequest } from '@souk/service-kit/problem.ts';

/** One product of a cart, in the shape it has on the wire and in the table. */
export interface CartItem {
  /** In lower case. */
  product_id: string;
  quantity: number;
}

/** Below what the contract of the events allows, so that every cart fits its event. */
export const cartItemsMax = 500;
export const cartQuantityMax = 10_000;

/**
 * The items with their ids in lower case, in the order given. Throws a 400 problem that names every item whose
 * product came before.
 */
export const readCart = (given: readonly CartItem[]): CartItem[] => {
  const items = given.map(({ product_id, quantity }) => ({
    product_id: product_id.toLowerCase(),
    quantity,
  }));
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, { product_id }] of items.entries()) {
    if (seen.has(product_id))
      errors.push({ field: `items/${index}/product_id`, message: 'appears more than once' });
    seen.add(product_id);
  }
  if (errors.length > 0) throw invalidRequest('body', errors);
  return items;
};
