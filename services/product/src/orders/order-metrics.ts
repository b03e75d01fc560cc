import type { Metrics } from '@souk/service-kit/metrics.ts';

/** What becomes of a checkout: an order, or a refusal with this code. */
const checkoutOutcomes = [
  ...['ordered', 'checkout_differs', 'nothing_to_order', 'cart_empty', 'cart_not_here'],
  ...['checkout_in_progress', 'mixed_currencies', 'amount_too_large', 'failed'],
];
const paymentKinds = ['succeeded', 'failed', 'refunded'] as const;
const takenBackKinds = ['cancelled', 'returned', 'unpaid'] as const;

export type OrderMetrics = ReturnType<typeof orderMetrics>;

/** Counts what happens to orders on their way from the cart to the return; every series is there from the start. */
export const orderMetrics = (metrics: Metrics) => {
  const checkouts = metrics.counter('souk_checkouts_total', 'Checkouts, by what became of them', ['outcome']);
  const payments = metrics.counter(
    'souk_payment_messages_total',
    'What was told of payments, repeats left out',
    ['kind'],
  );
  const takenBack = metrics.counter(
    'souk_orders_taken_back_total',
    'Cancellations and returns, whole or in part, by request or because the time to pay was over',
    ['kind'],
  );
  for (const outcome of checkoutOutcomes) checkouts.inc({ outcome }, 0);
  for (const kind of paymentKinds) payments.inc({ kind }, 0);
  for (const kind of takenBackKinds) takenBack.inc({ kind }, 0);
  return {
    checkout: (outcome: string) =>
      checkouts.inc({ outcome: checkoutOutcomes.includes(outcome) ? outcome : 'failed' }),
    payment: (kind: (typeof paymentKinds)[number]) => payments.inc({ kind }),
    takenBack: (kind: (typeof takenBackKinds)[number], count = 1) => takenBack.inc({ kind }, count),
  };
};
