import { decimalsOf, minorDecimalsOf } from './currency.ts';
import { amountMinor, amountMinorMax, orderUid, quantity } from './fields.ts';
import { brandLengthMax, productNameLengthMax, skuLengthMax } from './product-updates.ts';
import { defineDocumentTopic } from './topic.ts';
import { type Static, Type } from './typebox.ts';

/** The most items of one order. */
export const orderItemsMax = 1_000;
/** The largest amount of an order, in whole units: as minor units it is still an amount of the catalogue. */
export const orderAmountMax = amountMinorMax / 100;

/** Orders hold personal data, so Kafka forgets them; a database restored from a backup may need those since. */
const orderRetentionMs = 30 * 24 * 3_600_000;

/** Without U+0000 and halves of surrogate pairs, which no database keeps. */
const storable = '[^\\u0000\\ud800-\\udfff]';

const text = (maxLength = 200) => Type.String({ minLength: 1, maxLength, pattern: `^${storable}+$` });
const textOrEmpty = () => Type.String({ maxLength: 1_000, pattern: `^${storable}*$` });
const integer = () => Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
const amount = () =>
  Type.Integer({ minimum: 0, maximum: orderAmountMax, description: 'money in whole units of the currency' });

/** Who gets an order, and where. */
export const Delivery = Type.Object({
  name: text(),
  phone: text(),
  zip: text(),
  city: text(),
  address: text(1_000),
  region: text(),
  email: text(320),
});

const item = Type.Object({
  chrt_id: integer(),
  track_number: text(),
  price: amount(),
  rid: text(),
  name: text(productNameLengthMax),
  sale: Type.Integer({ minimum: 0, maximum: orderAmountMax }),
  size: text(),
  total_price: amount(),
  nm_id: integer(),
  brand: text(brandLengthMax),
  status: integer(),
  sku: Type.Optional(text(skuLengthMax)),
  quantity: Type.Optional(quantity()),
  unit_price_minor: Type.Optional(amountMinor()),
});

/** One order as a shop or marketplace sends it. Personal data: it stays in the product service. */
const order = Type.Object(
  {
    order_uid: orderUid(),
    track_number: text(),
    entry: text(),
    delivery: Delivery,
    payment: Type.Object({
      transaction: text(),
      request_id: textOrEmpty(),
      currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
      provider: text(),
      amount: amount(),
      payment_dt: Type.Integer({
        minimum: 0,
        maximum: 253_402_300_799,
        description: 'seconds since the epoch, until the year 9999',
      }),
      bank: text(),
      delivery_cost: amount(),
      goods_total: amount(),
      custom_fee: amount(),
    }),
    items: Type.Array(item, { minItems: 1, maxItems: orderItemsMax, uniqueItems: true }),
    locale: text(),
    internal_signature: textOrEmpty(),
    customer_id: text(),
    delivery_service: text(),
    shardkey: text(),
    sm_id: integer(),
    date_created: Type.String({
      format: 'date-time',
      // No leap second, which Date does not have, and no offset beyond what a day has.
      pattern:
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-5][0-9](\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$',
      description: 'RFC 3339',
    }),
    oof_shard: text(),
  },
  {
    description:
      'One order. The same order_uid again with the same content is a repeat; with other content it is refused. ' +
      'Without sku, the sku of an item is its nm_id as text; without quantity it is one piece. unit_price_minor ' +
      'is the exact price paid for one piece, in minor units (hundredths, or smaller where the currency has smaller); without it, total_price divided by quantity counts.',
    examples: [
      {
        order_uid: '2f8a1c90-order-1',
        track_number: 'SOUK2026TRACK',
        entry: 'WEB',
        delivery: {
          name: 'Jane Example',
          phone: '+15550100',
          zip: '10001',
          city: 'New York',
          address: '1 Example Street',
          region: 'NY',
          email: 'jane@example.com',
        },
        payment: {
          transaction: '2f8a1c90-order-1',
          request_id: '',
          currency: 'USD',
          provider: 'examplepay',
          amount: 35,
          payment_dt: 1772358420,
          bank: 'example',
          delivery_cost: 15,
          goods_total: 20,
          custom_fee: 0,
        },
        items: [
          {
            chrt_id: 9934930,
            track_number: 'SOUK2026TRACK',
            price: 10,
            rid: '2f8a1c90-1',
            name: 'White hanging heart t-light holder',
            sale: 0,
            size: '0',
            total_price: 20,
            nm_id: 2389212,
            brand: 'Wicker & Sons',
            status: 202,
            sku: '85123A',
            quantity: 2,
          },
        ],
        locale: 'en',
        internal_signature: '',
        customer_id: '0198c1de-3b00-7000-8000-000000000001',
        delivery_service: 'post',
        shardkey: '9',
        sm_id: 99,
        date_created: '2026-03-01T09:47:00Z',
        oof_shard: '1',
      },
    ],
  },
);

/** One order, as it comes from outside. */
export type Order = Static<typeof order>;

/** That of the contract. */
export const [exampleOrder] = (order as unknown as { examples: [Order] }).examples;

/** Prices that the currency cannot have, or that are too large in its minor units. */
const priceFaults = ({ payment: { currency }, items }: Order): string[] => {
  const minor = 10 ** minorDecimalsOf(currency);
  const smallest = minor / 10 ** decimalsOf(currency);
  return items.flatMap(({ price, total_price, unit_price_minor = 0 }, index) => [
    ...(Math.max(price, total_price) * minor > amountMinorMax
      ? [`/items/${index}: is too large an amount in ${currency}`]
      : []),
    ...(unit_price_minor % smallest === 0
      ? []
      : [`/items/${index}/unit_price_minor: is no amount that ${currency} has`]),
  ]);
};

/** Orders of shops and marketplaces. */
export const orders = defineDocumentTopic({
  name: 'orders',
  owner: 'shops and marketplaces',
  key: 'order_uid',
  partitions: 4,
  retentionMs: orderRetentionMs,
  description: 'Orders of shops and marketplaces, one JSON document each. They hold personal data.',
  documentBytesMax: 1_048_576,
  personal: Object.keys(Delivery.properties).map((name) => `/delivery/${name}`),
  document: order,
  faults: priceFaults,
});
