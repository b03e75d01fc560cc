import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import type { Topic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import type { OutgoingMessage } from '@souk/service-kit/kafka/producer.ts';

/** How many of each there are: products are a tenth of the users, and each user has done one thing on average. */
export interface Amounts {
  users: number;
  products: number;
  activities: number;
}

export const amountsOf = (users: number): Amounts => ({ users, products: users / 10, activities: users });

const activitiesPerSecond = 20;
/** Of twenty activities. */
const activityTypes = [
  ...Array(14).fill('view'),
  ...Array(3).fill('add_to_cart'),
  'like',
  'like',
  'purchase',
];
const historyBegan = Date.now() - 14 * 3_600_000;
const createdAt = new Date(historyBegan).toISOString();

export const userId = (n: number): string => `01980000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
export const productId = (n: number): string => `01980000-0000-7000-9000-${n.toString(16).padStart(12, '0')}`;

/** The next number of a source, as its owner's outbox would give it. */
export type NextSequence = (topic: Topic) => number;

/** The events between two states of the shop, as the owners would have published them. */
export function* eventsBetween(from: Amounts, to: Amounts, next: NextSequence): Generator<OutgoingMessage> {
  for (let n = from.products; n < to.products; n++)
    yield message(productUpdates, next, 'product.created.v1', productId(n), product(n));
  for (let n = from.users; n < to.users; n++)
    yield message(userUpdates, next, 'user.registered.v1', userId(n), {
      ...{ user_id: userId(n), version: 1, cart: [], created_at: createdAt, updated_at: createdAt },
    });
  for (let n = from.activities; n < to.activities; n++) {
    const data = activity(n, to);
    yield message(userUpdates, next, 'user.activity_recorded.v1', data.user_id, data);
  }
}

const product = (n: number) => ({
  ...{ product_id: productId(n), version: 1, sku: `SKU-${n}`, name: `Product ${n}`, description: null },
  ...{
    brand: 'Wicker & Sons',
    category: `Category ${n % 20}`,
    price_minor: 100 + (n % 9_900),
    currency: 'USD',
  },
  ...{ stock: null, created_at: createdAt, updated_at: createdAt },
});

/** A few products have most of the activity, as in a shop; times rise as in a shop too. */
const activity = (n: number, { users, products }: Amounts) => {
  const type = activityTypes[n % activityTypes.length] as string;
  return {
    event_id: `01980000-0000-7000-a000-${n.toString(16).padStart(12, '0')}`,
    user_id: userId(Math.floor(scatter(n) * users)),
    type,
    product_id: productId(Math.floor(scatter(n + 0.5) ** 3 * products)),
    quantity: type === 'purchase' ? 1 + (n % 3) : null,
    unit_price_minor: type === 'purchase' ? 100 + (n % 9_900) : null,
    occurred_at: new Date(historyBegan + (1_000 * n) / activitiesPerSecond).toISOString(),
  };
};

/** A number from 0 to 1 that looks random and is the same in every run. */
const scatter = (n: number): number => {
  const x = Math.sin(12.9898 * n) * 43_758.5453;
  return x - Math.floor(x);
};

const message = (
  topic: Topic,
  next: NextSequence,
  type: string,
  key: string,
  data: unknown,
): OutgoingMessage => {
  const sequence = next(topic);
  const id = `01980000-0000-7000-b000-${sequence.toString(16).padStart(12, '0')}`;
  const event = {
    id,
    sequence: `${sequence}`,
    type,
    key,
    time: new Date().toISOString(),
    data: JSON.stringify(data),
  };
  return { topic: topic.name, ...encodeEvent(topic.source, event) };
};
