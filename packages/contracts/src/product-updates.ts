import {
  amountMinor,
  nullable,
  orderUid,
  quantity,
  quantityMax,
  stockMax,
  timestamp,
  uuid,
  version,
} from './fields.ts';
import { defineEvent, defineTopic } from './topic.ts';
import { Type } from './typebox.ts';

/** Lengths in characters (Unicode code points). */
export const skuLengthMax = 100;
export const productNameLengthMax = 500;
export const descriptionLengthMax = 10_000;
export const brandLengthMax = 200;
export const categoryLengthMax = 200;

/** What a sku looks like: no line break or zero byte in it, no space at its ends. */
export const skuPattern = '^[^\\s\\u0000]([^\\r\\n\\u2028\\u2029\\u0000]*[^\\s\\u0000])?$';

const currency = () => Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' });

const productState = {
  product_id: uuid(),
  version: version(),
  sku: nullable(Type.String({ minLength: 1, maxLength: skuLengthMax })),
  name: Type.String({ minLength: 1, maxLength: productNameLengthMax }),
  description: nullable(Type.String({ maxLength: descriptionLengthMax })),
  brand: nullable(Type.String({ maxLength: brandLengthMax })),
  category: nullable(Type.String({ maxLength: categoryLengthMax })),
  price_minor: amountMinor(),
  currency: currency(),
  stock: nullable(
    Type.Integer({
      minimum: -stockMax,
      maximum: stockMax,
      description: 'null means unlimited; 0 or less, none left',
    }),
  ),
  created_at: timestamp(),
  updated_at: timestamp(),
};

const product = {
  product_id: '0198c1de-3b00-7000-8000-0000000000a1',
  version: 1,
  sku: '85123A',
  name: 'White hanging heart t-light holder',
  description: null,
  brand: null,
  category: 'Home',
  price_minor: 255,
  currency: 'USD',
  stock: null,
  created_at: '2026-03-01T08:00:00.000Z',
  updated_at: '2026-03-01T08:00:00.000Z',
};

/** What a purchase and its return say of the line of the order. */
const orderLine = {
  product_id: uuid(),
  order_uid: orderUid(),
  line: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    description: 'the place of the item in its order, from 1',
  }),
  user_id: nullable(uuid()),
  quantity: quantity(),
  unit_price_minor: amountMinor(),
  currency: currency(),
  occurred_at: timestamp(),
};

const purchase = {
  product_id: product.product_id,
  order_uid: 'b563feb7b2b84b6test',
  line: 1,
  user_id: '0198c1de-3b00-7000-8000-000000000001',
  quantity: 2,
  unit_price_minor: 255,
  currency: 'USD',
  occurred_at: '2026-03-01T09:47:00.000Z',
};

/** The most lines of one checkout: its event must fit a Kafka message. */
export const checkoutLinesMax = 1_000;

/** The catalogue, its sales and what came back of them. State events carry the whole public state; the others are facts. */
export const productUpdates = defineTopic({
  name: 'product-updates',
  owner: 'product',
  source: '/souk/product',
  key: 'product_id',
  partitions: 4,
  retentionMs: -1,
  description:
    'The catalogue: products, their prices and stock, what orders bought of them and what came back.',
  events: {
    'product.created.v1': defineEvent(
      'A product came into the catalogue. Carries the state.',
      productState,
      product,
    ),
    'product.updated.v1': defineEvent('A product changed. Carries the state.', productState, {
      ...product,
      version: 2,
      description: 'Hangs anywhere, holds one t-light.',
      brand: 'Wicker & Sons',
      price_minor: 295,
      stock: 40,
      updated_at: '2026-03-01T10:15:00.000Z',
    }),
    'product.deleted.v1': defineEvent(
      'A product left the catalogue.',
      { product_id: uuid(), version: version(), deleted_at: timestamp() },
      { product_id: product.product_id, version: 3, deleted_at: '2026-03-02T18:00:00.000Z' },
    ),
    'product.purchased.v1': defineEvent(
      'An order took a product: one event for each line of the order. A fact: it never changes.',
      orderLine,
      purchase,
    ),
    'product.returned.v1': defineEvent(
      'A line of an order was taken back, in whole or in part. A fact; it follows the purchase of the line.',
      {
        ...orderLine,
        quantity: Type.Integer({
          minimum: 1,
          maximum: quantityMax,
          description: 'taken back by this return',
        }),
        remaining_quantity: Type.Integer({
          minimum: 0,
          maximum: quantityMax,
          description: 'what is still bought; 0 when nothing is left of the purchase',
        }),
        reason: Type.Enum(['cancelled', 'returned'], {
          description: 'cancelled: the order, before it was sent; returned: the goods came back',
        }),
        purchased_at: timestamp(),
      },
      {
        ...purchase,
        quantity: 1,
        remaining_quantity: 1,
        reason: 'returned',
        occurred_at: '2026-03-09T16:20:00.000Z',
        purchased_at: purchase.occurred_at,
      },
    ),
    'product.checked_out.v1': defineEvent(
      'A checkout made an order of what was in a cart: its lines leave the cart. A fact; it follows the purchases.',
      {
        product_id: Type.String({ ...uuid(), description: 'of the first line: the event has its key' }),
        order_uid: orderUid(),
        user_id: uuid(),
        lines: Type.Array(Type.Object({ product_id: uuid(), quantity: quantity() }), {
          minItems: 1,
          maxItems: checkoutLinesMax,
          description: 'what was ordered, each product once',
        }),
        occurred_at: timestamp(),
      },
      {
        product_id: product.product_id,
        order_uid: '0198c1de-3b00-7000-8000-0000000000c1',
        user_id: purchase.user_id,
        lines: [{ product_id: product.product_id, quantity: 2 }],
        occurred_at: purchase.occurred_at,
      },
    ),
  },
});
