import { userUpdates } from '@souk/contracts/user-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { eraseCustomers } from './order-erasures.ts';

/** Redacts the orders of deleted users. Every other event of a user is passed over. */
export const erasureSubscription: Subscription = projection(userUpdates, async (tx, events) => {
  const erased = events.flatMap((event) => (event.type === 'user.deleted.v1' ? [event.data.user_id] : []));
  if (erased.length > 0) await eraseCustomers(tx, erased);
});
