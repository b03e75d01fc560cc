import { nullable, orderUid } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { time } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { toMajor } from '@souk/service-kit/money.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { listStuckOrders, type StuckReason } from './stuck-orders.ts';

const limitMax = 1_000;

/** What an operator does about it. */
const remedies: Record<StuckReason, string> = {
  cart_not_cleared: 'the user service has not answered: souk status, then souk dlq list',
  unpaid_overdue: 'it should have been cancelled by itself: souk status',
  refund_due:
    'refund it: the message of the payment provider settles it, or POST /api/v1/orders/{order_uid}/refunds {"amount":…}',
  not_sent: 'send it: PATCH /api/v1/orders/{order_uid}/status {"status":"shipped"}, or cancel it',
};

const StuckOrders = Type.Object({
  items: Type.Array(
    Type.Object({
      order_uid: orderUid(),
      reason: Type.Enum(['cart_not_cleared', 'unpaid_overdue', 'refund_due', 'not_sent']),
      since: time(),
      amount: nullable(Type.Number({ minimum: 0 }), { description: 'what is due, major units' }),
      currency: Type.String(),
      remedy: Type.String({ description: 'what helps' }),
    }),
  ),
});

/** Shows what does not go on by itself, and what helps. */
export const stuckOrdersRoute = (http: Http, db: Database): void => {
  http.get(
    '/api/v1/stuck-orders',
    {
      config: { access: { roles: ['staff', 'admin'], scope: 'orders:read' } },
      schema: {
        tags: ['orders'],
        operationId: 'listStuckOrders',
        summary: 'Orders that do not go on by themselves, why, and what helps',
        description: 'The longest first.',
        querystring: Type.Object(
          { limit: Type.Integer({ minimum: 1, maximum: limitMax, default: 100 }) },
          { additionalProperties: false },
        ),
        response: { 200: StuckOrders },
      },
    },
    async ({ query }) => ({
      items: (await listStuckOrders(db, new Date(), query.limit)).map((order) => ({
        order_uid: order.orderUid,
        reason: order.reason,
        since: order.since.toISOString(),
        amount: order.amountMinor === null ? null : toMajor(order.amountMinor, order.currency),
        currency: order.currency,
        remedy: remedies[order.reason],
      })),
    }),
  );
};
