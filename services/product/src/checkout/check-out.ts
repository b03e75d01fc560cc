import type { Order } from '@souk/contracts/orders.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { Product } from '../catalogue/product.ts';
import { lockProductsById, saveChanges } from '../catalogue/product-repository.ts';
import { documentDigest } from '../orders/order-digest.ts';
import { erasedAmong } from '../orders/order-erasures.ts';
import { type ChangeMetaSource, placeOrders } from '../orders/order-placement.ts';
import { insertOrders, savePlacement } from '../orders/order-statements.ts';
import { takeSteps } from '../orders/order-steps.ts';
import { lockCarts } from './cart-repository.ts';
import { itemSkuOf, orderDocument } from './checkout-order.ts';
import {
  cartEmpty,
  cartNotHere,
  checkoutDiffers,
  checkoutInProgress,
  nothingToOrder,
} from './checkout-problems.ts';
import { findUncleared, saveCheckout } from './checkout-repository.ts';
import { type Offer, offerOf } from './offer.ts';

export interface CheckoutRequest {
  /** In lower case. */
  userId: string;
  /** The version of the cart that the user saw. */
  cartVersion: number;
  delivery: Order['delivery'];
  provider: string;
  /** The offer that the user agreed to, when it is not what the cart says. */
  confirm: string | undefined;
}

/**
 * Makes an order of a cart within the caller's transaction: the order, what it takes of the stock and all events.
 * Returns its uid. Locks erasures, the cart, then products by sku, as orders do. Throws the problems of
 * checkout-problems.ts, which undo everything.
 */
export const checkOut = async (
  tx: TransactionSql,
  request: CheckoutRequest,
  { newId, now, payWithinMs }: ChangeMetaSource & { payWithinMs: number },
): Promise<string> => {
  const { userId, cartVersion, confirm } = request;
  const erased = await erasedAmong(tx, [userId]);
  const cart = (await lockCarts(tx, [userId])).get(userId);
  if (erased.size > 0 || !cart || cart.version < cartVersion) throw cartNotHere();
  const uncleared = await findUncleared(tx, userId);
  if (uncleared !== undefined) throw checkoutInProgress(uncleared);
  if (cart.items.length === 0) throw cartEmpty();
  const products = await lockProductsById(
    tx,
    cart.items.map(({ product_id }) => product_id),
  );
  const offer = offerOf(cart, cartVersion, new Map(products.map((product) => [product.id, product])));
  if (offer.lines.length === 0) throw nothingToOrder(offer);
  if (confirm === undefined ? offer.differences.length > 0 : confirm !== offer.confirm)
    throw checkoutDiffers(offer);
  const orderUid = newId();
  const document = orderDocument(offer.lines, { ...request, orderUid, now });
  await placeCheckout(tx, document, offer, { newId, now, payWithinMs });
  await saveCheckout(tx, { orderUid, userId, cartVersion: cart.version, lines: offer.lines, now }, newId());
  // Nobody sends a payment of nothing.
  if (offer.lines.every(({ product }) => product.priceMinor === 0))
    await takeSteps(tx, [{ orderUid, status: 'paid' }]);
  return orderUid;
};

/** The offer is of locked products and fits their stock, so nothing of the order lacks anything. */
const placeCheckout = async (
  tx: TransactionSql,
  document: Order,
  { lines }: Offer,
  { payWithinMs, ...meta }: ChangeMetaSource & { payWithinMs: number },
): Promise<void> => {
  const order = {
    document,
    text: JSON.stringify(document),
    receivedAt: meta.now,
    payUntil: new Date(meta.now.getTime() + payWithinMs),
    digest: documentDigest(document),
  };
  const products = new Map<string, Product>(lines.map(({ product }) => [itemSkuOf(product), product]));
  const placement = placeOrders([order], products, meta);
  await insertOrders(tx, [order]);
  if (placement.stockChanges.length > 0) await saveChanges(tx, placement.stockChanges);
  await savePlacement(tx, [order], placement);
};
