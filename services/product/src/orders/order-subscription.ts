import { orders } from '@souk/contracts/orders.ts';
import { documents, type Subscription, type Verdict } from '@souk/service-kit/projection/subscription.ts';
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
  return intakes.map((intake) => verdicts[intake]);
});

const verdicts: Record<Intake, Verdict> = {
  stored: 'applied',
  repeated: 'repeated',
  conflict: { errorClass: 'OrderConflict', message: 'another document is stored under this order_uid' },
};
