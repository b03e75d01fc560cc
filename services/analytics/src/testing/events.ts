import { productUpdates } from '@souk/contracts/product-updates.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { message, type Numbered, testId } from './messages.ts';

type Activity = EventData<typeof userUpdates, 'user.activity_recorded.v1'>;
type Purchase = EventData<typeof productUpdates, 'product.purchased.v1'>;
type Return = EventData<typeof productUpdates, 'product.returned.v1'>;

const longAgo = '2026-01-01T00:00:00.000Z';

/** Users and products are given by their number. */
export const activityData = (
  user: number,
  type: string,
  occurredAt: string,
  more: { product?: number | null; quantity?: number | null; unitPriceMinor?: number | null } = {},
): Activity => ({
  event_id: testId('event', 0),
  user_id: testId('user', user),
  type,
  product_id: typeof more.product === 'number' ? testId('product', more.product) : null,
  quantity: more.quantity ?? null,
  unit_price_minor: more.unitPriceMinor ?? null,
  occurred_at: occurredAt,
});

export const activityRecorded = (numbered: Numbered, data: Activity): ReceivedMessage =>
  message(userUpdates, numbered, 'user.activity_recorded.v1', data);

/** A line of an order; without a user the customer has no id of a user's form. */
export const purchaseData = (
  product: number,
  occurredAt: string,
  more: { user?: number | null; quantity?: number; unitPriceMinor?: number; currency?: string } = {},
): Purchase => ({
  product_id: testId('product', product),
  order_uid: 'order-1',
  line: 1,
  user_id: typeof more.user === 'number' ? testId('user', more.user) : null,
  quantity: more.quantity ?? 1,
  unit_price_minor: more.unitPriceMinor ?? 0,
  currency: more.currency ?? 'USD',
  occurred_at: occurredAt,
});

export const productPurchased = (numbered: Numbered, data: Purchase): ReceivedMessage =>
  message(productUpdates, numbered, 'product.purchased.v1', data);

/** All of a line of an order comes back, unless told otherwise. */
export const returnData = (purchase: Purchase, occurredAt: string, quantity = purchase.quantity): Return => ({
  ...purchase,
  quantity,
  remaining_quantity: purchase.quantity - quantity,
  reason: 'returned',
  occurred_at: occurredAt,
  purchased_at: purchase.occurred_at,
});

export const productReturned = (numbered: Numbered, data: Return): ReceivedMessage =>
  message(productUpdates, numbered, 'product.returned.v1', data);

/** The first version is the registration. */
export const userSaved = (numbered: Numbered, user: number, version: number): ReceivedMessage =>
  message(userUpdates, numbered, version === 1 ? 'user.registered.v1' : 'user.updated.v1', {
    user_id: testId('user', user),
    version,
    cart: [],
    created_at: longAgo,
    updated_at: longAgo,
  });

export const userDeleted = (numbered: Numbered, user: number, version: number): ReceivedMessage =>
  message(userUpdates, numbered, 'user.deleted.v1', {
    user_id: testId('user', user),
    version,
    deleted_at: longAgo,
  });

export const productSaved = (
  numbered: Numbered,
  product: number,
  version: number,
  name = `Product ${product}`,
): ReceivedMessage =>
  message(productUpdates, numbered, version === 1 ? 'product.created.v1' : 'product.updated.v1', {
    product_id: testId('product', product),
    version,
    sku: null,
    name,
    description: null,
    brand: null,
    category: null,
    price_minor: 100,
    currency: 'USD',
    stock: null,
    created_at: longAgo,
    updated_at: longAgo,
  });

export const productDeleted = (numbered: Numbered, product: number, version: number): ReceivedMessage =>
  message(productUpdates, numbered, 'product.deleted.v1', {
    product_id: testId('product', product),
    version,
    deleted_at: longAgo,
  });
