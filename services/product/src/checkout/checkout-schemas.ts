import { nullable, orderUid, quantity } from '@souk/contracts/fields.ts';
import { Delivery } from '@souk/contracts/orders.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { time, uuid } from '@souk/service-kit/http/fields.ts';
import { toMajor } from '@souk/service-kit/money.ts';
import { Problem } from '@souk/service-kit/problem.ts';
import { OrderStatus } from '../orders/order-schemas.ts';
import type { Checkout } from './checkout-repository.ts';

export const providerPattern = '^[a-z][a-z0-9_-]{0,49}$';

const confirmLengthMax = 100;
const cartVersion = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'the version of the user with the cart that was seen',
});
const money = () => Type.Number({ minimum: 0, description: 'major units of the currency' });

export const CheckoutBody = Type.Object(
  {
    user_id: uuid(),
    cart_version: cartVersion,
    delivery: Type.Object({ ...Delivery.properties }, { additionalProperties: false }),
    payment: Type.Optional(
      Type.Object(
        { provider: Type.String({ pattern: providerPattern, description: 'who takes the payment' }) },
        { additionalProperties: false },
      ),
    ),
    confirm: Type.Optional(
      Type.String({ maxLength: confirmLengthMax, description: 'what the 409 `checkout_differs` gave' }),
    ),
  },
  { additionalProperties: false },
);

export const CheckoutView = Type.Object({
  id: orderUid(),
  order_uid: orderUid(),
  user_id: uuid(),
  cart_version: cartVersion,
  status: OrderStatus,
  cart_cleared: Type.Boolean({ description: 'what was ordered has left the cart' }),
  amount: money(),
  currency: Type.String(),
  pay_until: nullable(time(), { description: 'when it is cancelled unless it is paid' }),
  created_at: time(),
  lines: Type.Array(
    Type.Object({
      line: Type.Integer({ minimum: 1 }),
      product_id: uuid(),
      sku: Type.String(),
      quantity: quantity(),
      unit_price: money(),
    }),
  ),
});

export const viewCheckout = (checkout: Checkout): Static<typeof CheckoutView> => {
  const { currency, lines } = checkout;
  const amountMinor = lines.reduce(
    (sum, { quantity, unit_price_minor }) => sum + quantity * unit_price_minor,
    0,
  );
  return {
    id: checkout.orderUid,
    order_uid: checkout.orderUid,
    user_id: checkout.userId,
    cart_version: checkout.cartVersion,
    status: checkout.status,
    cart_cleared: checkout.clearedAt !== null,
    amount: toMajor(amountMinor, currency),
    currency,
    pay_until: checkout.payUntil?.toISOString() ?? null,
    created_at: checkout.createdAt.toISOString(),
    lines: lines.map(({ unit_price_minor, ...line }) => ({
      ...line,
      unit_price: toMajor(unit_price_minor, currency),
    })),
  };
};

const Difference = Type.Union([
  Type.Object({ kind: Type.Literal('cart'), cart_version: cartVersion }),
  Type.Object({ kind: Type.Literal('gone'), product_id: uuid() }),
  Type.Object({
    kind: Type.Literal('stock'),
    product_id: uuid(),
    wanted: quantity(),
    available: Type.Integer({ minimum: 0 }),
  }),
  Type.Object({
    kind: Type.Literal('price'),
    product_id: uuid(),
    currency: Type.String(),
    before: nullable(money()),
    now: money(),
  }),
]);

/** The 409 of a checkout, by the media type of problems. */
export const CheckoutConflict = {
  description:
    'cart_not_here, cart_empty, checkout_in_progress, mixed_currencies, amount_too_large, nothing_to_order or checkout_differs',
  content: {
    'application/problem+json': {
      schema: Type.Object({
        ...Problem.properties,
        differences: Type.Optional(Type.Array(Difference, { description: 'what has to be confirmed' })),
        confirm: Type.Optional(Type.String({ description: 'sent back, it agrees to the differences' })),
        order_uid: Type.Optional(orderUid()),
      }),
    },
  },
};
