import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';
import type { userUpdates } from '@souk/contracts/user-updates.ts';
import { type Scoring, weighs } from '../popularity/scoring.ts';
import type { Return } from './history.ts';
import { storableMs } from './history-codec.ts';
import { type Interaction, type InteractionType, isInteractionType } from './interaction.ts';
import { orderKey, productKey, userKey } from './keys.ts';

/** What a batch tells of one shopper. */
export interface ShopperFacts {
  added: Interaction[];
  returns: Return[];
  erased: boolean;
}

/** What a batch tells of who did what. The order among them does not matter. */
export interface Facts {
  /** By key. */
  shoppers: Map<string, ShopperFacts>;
  /** By product key, the ids of the products that are named. */
  productIds: Map<number, string>;
}

/** Activity of types that weigh, and erasures. */
export const userFacts = (
  events: readonly DecodedEvent<typeof userUpdates>[],
  scoring: Pick<Scoring, 'weights' | 'other'>,
): Facts => {
  const facts: Facts = { shoppers: new Map(), productIds: new Map() };
  for (const { type, data } of events) {
    if (type === 'user.deleted.v1') ofShopper(facts, userKey(data.user_id)).erased = true;
    if (type !== 'user.activity_recorded.v1' || data.product_id === null) continue;
    if (isInteractionType(data.type) && weighs(scoring, data.type))
      add(facts, userKey(data.user_id), data.product_id, data.type, data.occurred_at);
  }
  return facts;
};

/** Lines of orders, each a purchase whatever its quantity, until all of it is returned. */
export const orderFacts = (
  events: readonly DecodedEvent<typeof productUpdates>[],
  scoring: Pick<Scoring, 'weights' | 'other'>,
): Facts => {
  const facts: Facts = { shoppers: new Map(), productIds: new Map() };
  if (!weighs(scoring, 'purchase')) return facts;
  for (const { type, data } of events) {
    if (type === 'product.purchased.v1')
      add(facts, buyerOf(data), data.product_id, 'purchase', data.occurred_at);
    // Of a user erased since the purchase the return names nobody: nothing is found, and nothing is left to take back.
    if (type === 'product.returned.v1' && data.remaining_quantity === 0)
      ofShopper(facts, buyerOf(data)).returns.push({
        product: productKey(data.product_id),
        atMs: storableMs(Date.parse(data.purchased_at)),
      });
  }
  return facts;
};

const buyerOf = ({ user_id, order_uid }: { user_id: string | null; order_uid: string }): string =>
  user_id === null ? orderKey(order_uid) : userKey(user_id);

const add = (
  facts: Facts,
  shopper: string,
  productId: string,
  type: InteractionType,
  occurredAt: string,
): void => {
  const product = productKey(productId);
  facts.productIds.set(product, productId);
  const atMs = storableMs(Date.parse(occurredAt));
  ofShopper(facts, shopper).added.push({ product, type, atMs, returned: false });
};

const ofShopper = ({ shoppers }: Facts, key: string): ShopperFacts => {
  const known = shoppers.get(key);
  if (known) return known;
  const facts: ShopperFacts = { added: [], returns: [], erased: false };
  shoppers.set(key, facts);
  return facts;
};
