import type { Database } from '@souk/service-kit/postgres/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { retryingDeadlocks } from '../catalogue/product-repository.ts';
import type { OrderMetrics } from '../orders/order-metrics.ts';
import { type CheckoutRequest, checkOut } from './check-out.ts';
import { type Checkout, findCheckout } from './checkout-repository.ts';

interface CheckoutsParts {
  db: Database;
  /** How long an order of a checkout waits for its payment, in milliseconds. */
  payWithinMs: number;
  metrics: OrderMetrics;
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

export type Checkouts = ReturnType<typeof createCheckouts>;

/** The use cases of checkouts. */
export const createCheckouts = ({ db, payWithinMs, metrics, onCommitted }: CheckoutsParts) => ({
  /** Makes an order of a cart. Throws the problems of checkout-problems.ts. */
  checkOut: async (request: CheckoutRequest): Promise<Checkout> => {
    const orderUid = await retryingDeadlocks(db, 'check_out', (tx) =>
      checkOut(tx, request, { newId: uuidv7, now: new Date(), payWithinMs }),
    ).catch((error: { code?: unknown }) => {
      metrics.checkout(String(error.code));
      throw error;
    });
    metrics.checkout('ordered');
    onCommitted();
    const checkout = await findCheckout(db, orderUid);
    if (!checkout) throw new Error('a checkout is gone that was just there');
    return checkout;
  },
  /** Undefined when there is none. */
  find: (orderUid: string) => findCheckout(db, orderUid),
});
