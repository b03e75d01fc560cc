import { productUpdates } from '@souk/contracts/product-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { takeOutOfCarts } from './ordered-carts.ts';

/**
 * Takes what checkouts ordered out of the carts. A repeat does no harm: it never arrives here. Every other event of a
 * product is passed over.
 */
export const checkoutSubscription: Subscription = projection(productUpdates, async (tx, events) => {
  const checkouts = events.flatMap((event) =>
    event.type === 'product.checked_out.v1'
      ? { userId: event.data.user_id, orderUid: event.data.order_uid, lines: event.data.lines }
      : [],
  );
  if (checkouts.length > 0) await takeOutOfCarts(tx, checkouts);
});
