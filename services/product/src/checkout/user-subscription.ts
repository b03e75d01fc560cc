import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { eraseCustomers } from '../orders/order-erasures.ts';
import { type CartChange, eraseCarts, saveCarts } from './cart-repository.ts';
import { cancelOfErased } from './open-checkouts.ts';

/**
 * Keeps the carts of users; takes what is personal out of the orders of deleted ones, and cancels their checkouts. Erasures come first: they wait
 * for checkouts under way, which then hold locks of carts. Every other event of a user is passed over.
 */
export const userSubscription: Subscription = projection(userUpdates, async (tx, events) => {
  const erased = events.flatMap((event) => (event.type === 'user.deleted.v1' ? [event.data.user_id] : []));
  if (erased.length > 0) {
    await eraseCustomers(tx, erased);
    await eraseCarts(tx, erased);
    await cancelOfErased(tx, erased);
  }
  const changes = events.flatMap(cartChangeOf);
  if (changes.length > 0) await saveCarts(tx, changes);
});

const cartChangeOf = (event: DecodedEvent<typeof userUpdates>): CartChange[] => {
  switch (event.type) {
    case 'user.registered.v1':
    case 'user.updated.v1':
    case 'user.cart_updated.v1':
      return [event.data];
    default:
      return [];
  }
};
