import type { Order } from '@souk/contracts/orders.ts';
import { errorCode } from '@souk/service-kit/postgres/errors.ts';
import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { orderSamples } from '../testing/order-samples.ts';
import { testCatalogue, versionOf } from '../testing/test-catalogue.ts';
import { orderOf, received, testItem, testOrder } from '../testing/test-order.ts';
import type { OrderItem, ReceivedOrder } from './order.ts';
import { type Intake, takeOrders } from './order-intake.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

/** As the consumer does it: one transaction for all, tried again when Postgres ends it to break a deadlock. */
const take = async (...orders: ReceivedOrder[]): Promise<Intake[]> => {
  for (;;) {
    try {
      return await catalogue.db.transaction('apply_batch', (tx) => takeOrders(tx, orders));
    } catch (error) {
      if (!['40P01', '40001'].includes(errorCode(error) ?? '')) throw error;
    }
  }
};
const takeAll = (documents: readonly Order[]) => take(...documents.map((document) => received(document)));

const tables = ['orders', 'order_items', 'products', 'outbox'];
/** Every row of every table. */
const state = async () => {
  const rows = tables.map((name) =>
    catalogue.db.sql.unsafe(`select t::text as row from ${name} as t order by 1`),
  );
  return Object.fromEntries(
    (await Promise.all(rows)).map((found, index) => [tables[index], found.map(({ row }) => row)]),
  );
};

test.for(orderSamples())(
  'the $name sample order is stored with all that belongs to it, and kept byte for byte',
  async ({ text, document }) => {
    const order = { ...received(document), text };
    const { order_uid, payment } = document;
    const [item] = document.items as [OrderItem];
    expect(await take(order)).toEqual(['stored']);

    const { sql } = catalogue.db;
    const [stored] = await sql`select * from orders`;
    expect(stored).toMatchObject({
      order_uid,
      customer_id: document.customer_id,
      track_number: document.track_number,
      status: 'created',
      version: 1,
      backordered: false,
      amount: payment.amount,
      currency: 'USD',
      item_count: 1,
      date_created: new Date(document.date_created),
      placed_at: new Date(document.date_created),
      received_at: order.receivedAt,
      document: text,
    });
    const [product] = await sql`select * from products`;
    expect(product).toMatchObject({
      sku: String(item.nm_id),
      name: item.name,
      brand: item.brand,
      price_minor: 100 * item.price,
      currency: 'USD',
      stock: null,
    });
    expect(await sql`select * from order_items`).toMatchObject([
      {
        order_uid,
        line: 1,
        product_id: product?.id,
        sku: String(item.nm_id),
        quantity: 1,
        unit_price_minor: 100 * item.total_price,
        stock_taken: 0,
        backordered_quantity: 0,
      },
    ]);
    expect((await catalogue.events()).map(({ type, key }) => [type, key])).toEqual([
      ['product.created.v1', product?.id],
      ['product.purchased.v1', product?.id],
    ]);
  },
);

test('the same order changes nothing, however often, however it is written, and in the same batch', async () => {
  const order = received(orderOf('one', { lamp: 2 }));
  expect(await take(order, order)).toEqual(['stored', 'repeated']);
  const before = await state();

  const rewritten = JSON.stringify(Object.fromEntries(Object.entries(order.document).toReversed()), null, 2);
  expect(await take(order)).toEqual(['repeated']);
  expect(await take({ ...order, document: JSON.parse(rewritten), text: rewritten })).toEqual(['repeated']);
  expect(await Promise.all([take(order), take(order)])).toEqual([['repeated'], ['repeated']]);

  expect(await state()).toEqual(before);
});

test('a different document under a known uid is a conflict and changes nothing, in the same batch too', async () => {
  const [one, other] = [orderOf('one', { lamp: 2 }), orderOf('one', { lamp: 3 })];
  expect(await takeAll([one, other, one, orderOf('two', { lamp: 1 })])).toEqual([
    'stored',
    'conflict',
    'repeated',
    'stored',
  ]);
  const before = await state();

  expect(await takeAll([other])).toEqual(['conflict']);
  expect(await takeAll([{ ...one, note: 'unknown properties count' } as Order])).toEqual(['conflict']);

  expect(await state()).toEqual(before);
});

test('all orders of a batch change a product once, and every item is a purchase after that', async () => {
  const lamp = await catalogue.create({ sku: 'lamp', stock: 10 });
  const box = await catalogue.create({ sku: 'box' });
  const documents = [
    orderOf('one', { lamp: 3, box: 1 }),
    orderOf('two', { lamp: 4, new: 1 }),
    orderOf('three', { lamp: 5 }),
  ];
  expect(await takeAll(documents)).toEqual(['stored', 'stored', 'stored']);

  const events = (await catalogue.events()).slice(2);
  const ofLamp = events.filter(({ key }) => key === lamp.id);
  expect(ofLamp.map(({ type, data }) => [type, versionOf(data)])).toEqual([
    ['product.updated.v1', 2],
    ['product.purchased.v1', undefined],
    ['product.purchased.v1', undefined],
    ['product.purchased.v1', undefined],
  ]);
  expect(ofLamp[0]?.data).toMatchObject({ stock: 0, version: 2 });
  expect(events.filter(({ key }) => key === box.id).map(({ type }) => type)).toEqual([
    'product.purchased.v1',
  ]);
  expect(events.map(({ type }) => type).filter((type) => type === 'product.created.v1')).toHaveLength(1);
  const orders = await catalogue.db
    .sql`select order_uid, backordered from orders order by received_at, order_uid`;
  expect(Object.fromEntries(orders.map((row) => [row.order_uid, row.backordered]))).toEqual({
    one: false,
    two: false,
    three: true,
  });
});

test('a product that many need at once is created once, and no order is lost', async () => {
  const wanted = ['x', 'y', 'z'];
  const documents = Array.from({ length: 24 }, (_, index) =>
    orderOf(
      `order-${index}`,
      Object.fromEntries([...wanted.slice(index % 3), ...wanted.slice(0, index % 3)].map((sku) => [sku, 1])),
    ),
  );
  const viaCatalogue = Array.from({ length: 4 }, () =>
    catalogue.send('POST', '/api/v1/products/batch', {
      products: wanted.map((sku) => ({ sku, name: sku, price: 1 })),
    }),
  );
  const intakes = await Promise.all(documents.map((document) => takeAll([document])));
  for (const { body } of await Promise.all(viaCatalogue)) expect(body.rejected).toEqual([]);

  expect(intakes.flat()).toEqual(documents.map(() => 'stored'));
  const { sql } = catalogue.db;
  expect(await sql`select sku from products order by sku`).toEqual(wanted.map((sku) => ({ sku })));
  const [row] = await sql`
    select count(*)::int as count from order_items join products on id = product_id and products.sku = order_items.sku`;
  expect(row?.count).toBe(documents.length * wanted.length);
  const created = (await catalogue.events()).filter(({ type }) => type === 'product.created.v1');
  expect(created).toHaveLength(wanted.length);
});

test('from several connections at once no stock falls below zero and every order is stored', async () => {
  const stocks = { a: 40, b: 25, c: 0 };
  for (const [sku, stock] of Object.entries(stocks)) await catalogue.create({ sku, stock });
  const documents = Array.from({ length: 60 }, (_, index) =>
    orderOf(`order-${index}`, index % 2 ? { a: 1 + (index % 3), b: 1 } : { c: 1, b: 1, a: 1 }),
  );
  const batches = Array.from({ length: 4 }, (_, worker) =>
    documents.filter((_, index) => index % 4 === worker || index % 5 === worker).toReversed(),
  );
  await Promise.all([
    ...batches.map((batch) => takeAll(batch)),
    ...documents.slice(0, 20).map((document) => catalogue.send('POST', '/api/v1/orders', document)),
  ]);

  await expectStockAccountedFor(stocks, documents);
});

/** What was taken is what is gone, and each product's events tell every version once, in order. */
const expectStockAccountedFor = async (
  stocks: Record<string, number | null>,
  documents: readonly Order[],
): Promise<void> => {
  const { sql } = catalogue.db;
  const stored = await sql<{ uid: string }[]>`select order_uid as uid from orders order by 1`;
  expect(stored.map(({ uid }) => uid)).toEqual(
    [...new Set(documents.map(({ order_uid }) => order_uid))].sort(),
  );
  const sums = await sql<
    { sku: string; stock: number | null; taken: number; missing: number; wanted: number }[]
  >`
    select products.sku, stock, coalesce(sum(stock_taken), 0)::int as taken,
      coalesce(sum(backordered_quantity), 0)::int as missing, coalesce(sum(quantity), 0)::int as wanted
    from products left join order_items on product_id = id group by products.id`;
  for (const { sku, stock, taken, missing, wanted } of sums) {
    const initial = stocks[sku] ?? null;
    if (initial === null) expect([stock, taken, missing], sku).toEqual([null, 0, 0]);
    else {
      expect(stock, sku).toBe(Math.max(0, initial - wanted));
      expect(taken, sku).toBe(initial - (stock as number));
      expect(taken + missing, sku).toBe(wanted);
    }
  }
  const [wrong] = await sql`
    select count(*)::int as count from orders where backordered is distinct from (
      select bool_or(backordered_quantity > 0) from order_items where order_items.order_uid = orders.order_uid)`;
  expect(wrong?.count).toBe(0);

  const versions = new Map<string, unknown[]>();
  const purchases: string[] = [];
  for (const { type, key, data } of await catalogue.events()) {
    if (type !== 'product.purchased.v1') versions.set(key, [...(versions.get(key) ?? []), versionOf(data)]);
    else purchases.push(`${data.order_uid}/${data.line}`);
  }
  for (const [id, given] of versions) expect(given, id).toEqual(given.map((_, index) => index + 1));
  const lines = await sql<{ line: string }[]>`select order_uid || '/' || line as line from order_items`;
  expect(purchases.sort()).toEqual(lines.map(({ line }) => line).sort());
};

test('whatever is ordered, repeated and interleaved by two appliers, the tables come out the same', async () => {
  const skus = ['a', 'b', 'c', 'd'];
  const anOrder = fc.dictionary(fc.constantFrom(...skus), fc.integer({ min: 1, max: 5 }), { minKeys: 1 });
  const aStock = fc.option(fc.integer({ min: 0, max: 12 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anOrder, { minLength: 1, maxLength: 8, size: 'max' }),
      // d is unknown until an order names it.
      fc.record({ a: aStock, b: aStock, c: aStock }),
      fc.infiniteStream(fc.nat()),
      async (asked, stocks, random) => {
        await catalogue.clear();
        for (const [sku, stock] of Object.entries(stocks)) await catalogue.create({ sku, stock });
        const documents = asked.map((quantities, index) => orderOf(`order-${index}`, quantities));
        const next = () => random.next().value as number;
        const streams = [0, 1].map(() =>
          [...documents, ...documents.filter(() => next() % 2 === 0)]
            .map((document) => ({ document, at: next() }))
            .toSorted((one, other) => one.at - other.at)
            .map(({ document }) => document),
        );
        await Promise.all(
          streams.map(async (stream) => {
            for (let from = 0; from < stream.length; ) {
              const count = 1 + (next() % 4);
              expect(await takeAll(stream.slice(from, from + count))).not.toContain('conflict');
              from += count;
            }
          }),
        );
        await expectStockAccountedFor(stocks, documents);
      },
    ),
    { numRuns: 15, endOnFailure: true },
  );
});

test('a text that fills its columns to the last character is stored', async () => {
  const wide = '😀'.repeat(100);
  const document = testOrder('w'.repeat(64), {
    customer_id: '😀'.repeat(200),
    items: [
      testItem({
        sku: wide,
        name: '😀'.repeat(500),
        brand: `"'\\{},${wide}`,
        chrt_id: Number.MIN_SAFE_INTEGER,
      }),
    ],
    date_created: '0000-01-01T00:00:00+23:59',
  });
  document.payment.amount = 10_000_000_000;
  expect(await takeAll([document])).toEqual(['stored']);
  const answer = await catalogue.send('GET', `/order/${document.order_uid}`);
  expect(answer.body).toEqual(document);
});
