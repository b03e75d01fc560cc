import { orders } from '@souk/contracts/orders.ts';
import type { Outcome } from '@souk/service-kit/consumer/outcome.ts';
import { documents, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { type Intake, takeOrders } from './order-intake.ts';

/** The intake of orders from their topic. */
export const orderSubscription: Subscription = documents(orders, async (tx, received) => {
  const intakes = await takeOrders(
    tx,
    received.map(({ document, text, receivedAtMs }) => ({
      document,
      text,
      receivedAt: new Date(receivedAtMs),
    })),
  );
  return intakes.map((intake) => outcomes[intake]);
});

const outcomes: Record<Intake, Outcome> = {
  stored: 'applied',
  repeated: 'repeated',
  conflict: { errorClass: 'OrderConflict', message: 'another document is stored under this order_uid' },
};
