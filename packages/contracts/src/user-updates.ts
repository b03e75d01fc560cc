import { experimentNamePattern } from './experiments.ts';
import { amountMinor, nullable, orderUid, quantity, timestamp, uuid, version } from './fields.ts';
import { defineEvent, defineTopic } from './topic.ts';
import { Type } from './typebox.ts';

/** The most lines of one cart: the cart is in every state event, and an event must fit a Kafka message. */
export const cartItemsMax = 1_000;

/** What an activity's type looks like. */
export const activityTypePattern = '^[a-z][a-z0-9_]{0,49}$';

/** The activity by which a shop tells what it showed of a recommendation that was made in an experiment. */
export const shownType = 'recommendation_shown';

const shownProductsMax = 100;

/** What `shownType` says: the experiment and the variant as the recommendation gave them, and the products shown. */
export const Shown = Type.Object({
  experiment: Type.String({ pattern: experimentNamePattern }),
  variant: Type.String({ pattern: experimentNamePattern }),
  product_ids: Type.Array(uuid(), { minItems: 1, maxItems: shownProductsMax }),
});

const userState = {
  user_id: uuid(),
  version: version(),
  cart: Type.Array(Type.Object({ product_id: uuid(), quantity: quantity() }), { maxItems: cartItemsMax }),
  created_at: timestamp(),
  updated_at: timestamp(),
};

const userId = '0198c1de-3b00-7000-8000-000000000001';
const productId = '0198c1de-3b00-7000-8000-0000000000a1';
const createdAt = '2026-03-01T09:30:00.000Z';
const updatedAt = '2026-03-01T09:45:12.345Z';

/** Accounts, carts and activity. State events carry the whole public state; no event holds personal data. */
export const userUpdates = defineTopic({
  name: 'user-updates',
  owner: 'user',
  source: '/souk/user',
  key: 'user_id',
  partitions: 4,
  retentionMs: -1,
  description: 'Accounts, carts and activity of users, without personal data.',
  erasure: 'user.deleted.v1',
  events: {
    'user.registered.v1': defineEvent('A user registered. Carries the state.', userState, {
      user_id: userId,
      version: 1,
      cart: [],
      created_at: createdAt,
      updated_at: createdAt,
    }),
    'user.updated.v1': defineEvent('A user changed the account. Carries the state.', userState, {
      user_id: userId,
      version: 2,
      cart: [],
      created_at: createdAt,
      updated_at: updatedAt,
    }),
    'user.cart_updated.v1': defineEvent(
      'A user replaced the cart, or a checkout took its lines out of it. Carries the state.',
      {
        ...userState,
        order_uid: Type.Optional(
          Type.String({
            ...orderUid(),
            description: 'the order whose lines this change took out of the cart',
          }),
        ),
      },
      {
        user_id: userId,
        version: 3,
        cart: [{ product_id: productId, quantity: 2 }],
        created_at: createdAt,
        updated_at: updatedAt,
      },
    ),
    'user.deleted.v1': defineEvent(
      'A user is gone: consumers erase that user’s history.',
      { user_id: uuid(), version: version(), deleted_at: timestamp() },
      { user_id: userId, version: 4, deleted_at: '2026-03-02T18:00:00.000Z' },
    ),
    'user.activity_recorded.v1': defineEvent(
      'A user did something, at the time the client gave. A fact: it never changes.',
      {
        event_id: uuid(),
        user_id: uuid(),
        type: Type.String({ pattern: activityTypePattern }),
        product_id: nullable(uuid()),
        quantity: nullable(quantity()),
        unit_price_minor: nullable(
          Type.Integer({
            ...amountMinor(),
            description: 'money in hundredths, whatever the currency: an activity names none',
          }),
        ),
        occurred_at: timestamp(),
        shown: Type.Optional(Shown),
        taken_at_receipt: Type.Optional(
          Type.Boolean({
            description: 'the client gave a time in the future, and occurred_at is when the event came',
          }),
        ),
      },
      {
        event_id: '0198c1de-3b00-7000-8000-0000000000e1',
        user_id: userId,
        type: 'purchase',
        product_id: productId,
        quantity: 2,
        unit_price_minor: 1250,
        occurred_at: '2026-03-01T09:47:00.000Z',
      },
    ),
  },
});
