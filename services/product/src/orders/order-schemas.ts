import { nullable, orderUid, quantityMax } from '@souk/contracts/fields.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { time, uuid } from '@souk/service-kit/http/fields.ts';
import { orderStatuses, type OrderStatus as Status } from './order.ts';
import type { OrderState, OrderSummary } from './order-search.ts';

export const OrderParams = Type.Object({ order_uid: orderUid() });

export const OrderStatus = Type.Unsafe<Status>(
  Type.Union(
    orderStatuses.map((status) => Type.Literal(status)),
    { description: 'created → paid → shipped → delivered; cancelled from created or paid' },
  ),
);

const version = Type.Integer({ minimum: 1, description: 'one more with every step; the ETag of the status' });
const backordered = Type.Boolean({ description: 'it asked for more than there was when it came' });

export const Summary = Type.Object({
  order_uid: orderUid(),
  customer_id: Type.String(),
  track_number: Type.String(),
  status: OrderStatus,
  backordered,
  version,
  amount: Type.Integer({ minimum: 0, description: 'payment.amount, whole units of the currency' }),
  currency: Type.String(),
  item_count: Type.Integer({ minimum: 1 }),
  date_created: time(),
  received_at: time(),
  updated_at: time(),
  redacted_at: nullable(time(), { description: 'when the personal data were taken out of the document' }),
});

export const viewSummary = (order: OrderSummary): Static<typeof Summary> => ({
  order_uid: order.orderUid,
  customer_id: order.customerId,
  track_number: order.trackNumber,
  status: order.status,
  backordered: order.backordered,
  version: order.version,
  amount: order.amount,
  currency: order.currency,
  item_count: order.itemCount,
  date_created: order.dateCreated.toISOString(),
  received_at: order.receivedAt.toISOString(),
  updated_at: order.updatedAt.toISOString(),
  redacted_at: order.redactedAt?.toISOString() ?? null,
});

export const State = Type.Object({
  order_uid: orderUid(),
  status: OrderStatus,
  backordered,
  version,
  updated_at: time(),
  items: Type.Array(
    Type.Object({
      line: Type.Integer({ minimum: 1, description: 'the place of the item in its order, from 1' }),
      sku: Type.String(),
      product_id: uuid(),
      quantity: Type.Integer({ minimum: 1, maximum: quantityMax }),
      backordered_quantity: Type.Integer({ minimum: 0, description: 'what the stock lacked' }),
      cancelled_quantity: Type.Integer({ minimum: 0, description: 'taken back before it was sent' }),
      returned_quantity: Type.Integer({ minimum: 0, description: 'came back' }),
    }),
  ),
  pay_until: nullable(time(), { description: 'when a checkout is cancelled unless it is paid' }),
  history: Type.Array(
    Type.Object({
      version: Type.Integer({ minimum: 1 }),
      status: OrderStatus,
      at: time({ description: 'from then on' }),
      taken_back: nullable(Type.Enum(['cancelled', 'returned'])),
      items: nullable(
        Type.Array(
          Type.Object({ line: Type.Integer({ minimum: 1 }), quantity: Type.Integer({ minimum: 1 }) }),
        ),
        { description: 'what was taken back' },
      ),
      reason: nullable(Type.String()),
    }),
    { description: 'what happened to the order, from its receipt on' },
  ),
});

export const viewState = (state: OrderState): Static<typeof State> => ({
  order_uid: state.orderUid,
  status: state.status,
  backordered: state.backordered,
  version: state.version,
  updated_at: state.updatedAt.toISOString(),
  items: state.items,
  pay_until: state.payUntil?.toISOString() ?? null,
  history: historyOf(state),
});

/** Of steps from before there was a history only the last is known. */
const historyOf = ({ status, version, updatedAt, receivedAt, changes }: OrderState) => {
  const none = { taken_back: null, items: null, reason: null };
  const known = version > 1 && changes.at(-1)?.version !== version;
  return [
    { version: 1, status: 'created' as const, at: receivedAt.toISOString(), ...none },
    ...changes,
    ...(known ? [{ version, status, at: updatedAt.toISOString(), ...none }] : []),
  ];
};
