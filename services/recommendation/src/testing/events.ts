import { productUpdates } from '@souk/contracts/product-updates.ts';
import type { EventData, EventType, Topic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { outgoingEvent, receivedFrom } from '@souk/service-kit/testing/received.ts';
import { v7 as uuidv7 } from 'uuid';

export type Activity = EventData<typeof userUpdates, 'user.activity_recorded.v1'>;
export type Purchase = EventData<typeof productUpdates, 'product.purchased.v1'>;
export type Returned = EventData<typeof productUpdates, 'product.returned.v1'>;
export type ProductState = EventData<typeof productUpdates, 'product.updated.v1'>;

/** Events as their owners publish them: each source numbers its events from 1. */
export const publisher = () => {
  const last = { user: 0, product: 0 };
  const message = <T extends Topic, K extends EventType<T>>(topic: T, type: K, data: EventData<T, K>) => {
    const sequence = ++last[topic.owner as keyof typeof last];
    const event = outgoingEvent(topic, type, data, { sequence });
    // A key is always on the same partition.
    const partition = Number.parseInt(String(event.key).slice(-1), 16) % topic.partitions;
    return receivedFrom(event, sequence, partition);
  };

  return {
    activity: (change: Partial<Activity>) =>
      message(userUpdates, 'user.activity_recorded.v1', { ...activity(), ...change }),
    userState: (userId: string, version: number) => {
      const at = new Date().toISOString();
      const state = { user_id: userId, version, cart: [], created_at: at, updated_at: at };
      return message(userUpdates, version === 1 ? 'user.registered.v1' : 'user.updated.v1', state);
    },
    userDeleted: (userId: string, version: number) =>
      message(userUpdates, 'user.deleted.v1', {
        user_id: userId,
        version,
        deleted_at: new Date().toISOString(),
      }),
    product: (change: Partial<ProductState>) => {
      const state = { ...product(), ...change };
      return message(
        productUpdates,
        state.version === 1 ? 'product.created.v1' : 'product.updated.v1',
        state,
      );
    },
    purchase: (change: Partial<Purchase>) =>
      message(productUpdates, 'product.purchased.v1', { ...purchase(), ...change }),
    returned: (change: Partial<Returned>) =>
      message(productUpdates, 'product.returned.v1', {
        ...purchase(),
        remaining_quantity: 0,
        reason: 'returned',
        purchased_at: new Date().toISOString(),
        ...change,
      }),
    productDeleted: (productId: string, version: number) =>
      message(productUpdates, 'product.deleted.v1', {
        product_id: productId,
        version,
        deleted_at: new Date().toISOString(),
      }),
  };
};

const activity = (): Activity => ({
  event_id: uuidv7(),
  user_id: uuidv7(),
  type: 'view',
  product_id: null,
  quantity: null,
  unit_price_minor: null,
  occurred_at: new Date().toISOString(),
});

const purchase = (): Purchase => ({
  product_id: uuidv7(),
  order_uid: 'order-1',
  line: 1,
  user_id: null,
  quantity: 1,
  unit_price_minor: 1250,
  currency: 'USD',
  occurred_at: new Date().toISOString(),
});

const product = (): ProductState => {
  const at = new Date().toISOString();
  return {
    product_id: uuidv7(),
    version: 1,
    sku: null,
    name: 'Mug',
    description: null,
    brand: null,
    category: null,
    price_minor: 1250,
    currency: 'USD',
    stock: null,
    created_at: at,
    updated_at: at,
  };
};
