import { randomUUID } from 'node:crypto';
import type { Order } from '@souk/contracts/orders.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { cacheLimits, testCatalogue } from '../testing/test-catalogue.ts';
import { received, testOrder } from '../testing/test-order.ts';
import { openOrderBook } from './order-book.ts';
import { eraseCustomers } from './order-erasures.ts';
import { takeOrders } from './order-intake.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const marker = 'zmarker';
const orderOfUser = (uid: string, userId: string): Order => ({
  ...testOrder(uid, {
    customer_id: userId,
    delivery: {
      name: `${marker} name`,
      phone: marker,
      zip: marker,
      city: marker,
      address: marker,
      region: marker,
      email: `${marker}@example.com`,
    },
    internal_signature: marker,
  }),
  ...{ gift_note: marker },
});
const place = (order: unknown) => catalogue.send('POST', '/api/v1/orders', order);
const documentOf = async (uid: string) => (await catalogue.send('GET', `/order/${uid}`)).body;
const erase = (...userIds: string[]) =>
  catalogue.db.transaction('erase', (tx) => eraseCustomers(tx, userIds));
const take = (tx: TransactionSql, order: Order) => takeOrders(tx, [received(order)]);

/** The tables of the schema in which the marker stands, in whatever column. */
const tablesWithMarker = async (): Promise<string[]> => {
  const { sql } = catalogue.db;
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = current_schema() order by 1`;
  const found: string[] = [];
  for (const { name } of tables)
    if ((await sql`select from ${sql(name)} as t where strpos(t::text, ${marker}) > 0 limit 1`).length > 0)
      found.push(name);
  return found;
};

test('redacts the orders of an erased user in every table, and no other order', async () => {
  const userId = randomUUID();
  const others = testOrder('other', { customer_id: randomUUID() });
  await place(orderOfUser('mine', userId));
  await place(orderOfUser('mine-in-capitals', userId.toUpperCase()));
  await place(others);
  expect(await tablesWithMarker()).toEqual(['orders']);

  await erase(userId);

  expect(await tablesWithMarker()).toEqual([]);
  const { body } = await catalogue.send('GET', `/api/v1/orders?customer_id=${userId}`);
  expect(body.items).toMatchObject([{ order_uid: 'mine', redacted_at: expect.any(String), amount: 35 }]);
  expect(await documentOf('other')).toEqual(others);
});

test('an erased order sent again is a repeat and stores nothing again, another under its uid a conflict', async () => {
  const userId = randomUUID();
  const order = orderOfUser('again', userId);
  await place(order);
  await erase(userId);

  expect((await place(order)).status).toBe(200);
  expect((await place({ ...order, locale: 'de' })).status).toBe(409);
  expect(await tablesWithMarker()).toEqual([]);
});

test('an order that comes after its customer was erased is redacted before it is stored', async () => {
  const userId = randomUUID();
  await erase(userId);

  expect((await place(orderOfUser('late', userId))).status).toBe(201);

  expect(await tablesWithMarker()).toEqual([]);
  expect((await documentOf('late')).delivery.name).toBe('redacted');
  const purchase = (await catalogue.events()).find(({ type }) => type === 'product.purchased.v1');
  expect(purchase?.data).toMatchObject({ order_uid: 'late', user_id: null });
  expect((await place(orderOfUser('late', userId))).status).toBe(200);
});

test('erasing twice, or without orders, changes nothing', async () => {
  const userId = randomUUID();
  await place(orderOfUser('twice', userId));
  await erase(userId, userId);
  const before = await catalogue.db.sql`select document, redacted_at from orders`;
  const counted = await catalogue.db.sql`select count from order_redactions`;
  await erase(userId);
  await erase(randomUUID());
  expect(await catalogue.db.sql`select document, redacted_at from orders`).toEqual(before);
  expect(await catalogue.db.sql`select count from order_redactions`).toEqual(counted);
});

test('redacts an order whose intake is under way, and more orders than one statement takes', async () => {
  const userId = randomUUID();
  const many = Array.from({ length: 600 }, (_, index) => received(orderOfUser(`many-${index}`, userId)));
  await catalogue.db.transaction('take', (tx) => takeOrders(tx, many));

  const { erased } = await catalogue.db.transaction('take', async (tx) => {
    await take(tx, orderOfUser('under-way', userId));
    const erasing = erase(userId);
    await eventually(async () => {
      const waiting = await catalogue.db.sql`
        select from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`;
      expect(waiting).toHaveLength(1);
    });
    // In an object, because a transaction waits for a promise that it returns.
    return { erased: erasing };
  });
  await erased;

  expect(await tablesWithMarker()).toEqual([]);
});

test('a document that another replica has in memory is gone within seconds', async () => {
  const userId = randomUUID();
  const order = orderOfUser('cached', userId);
  const { db, log } = catalogue;
  const replica = openOrderBook({
    db,
    log,
    metrics: createMetrics('product'),
    cacheLimits,
    onCommitted: () => undefined,
  });
  onTestFinished(() => replica.stop());
  await place(order);
  await replica.warm();
  const cached = async () => (await replica.document('cached'))?.body.toString();
  expect(await cached()).toBe(JSON.stringify(order));
  expect(await documentOf('cached')).toEqual(order);

  await erase(userId);

  await eventually(async () => {
    expect(await cached()).not.toContain(marker);
    expect(JSON.stringify(await documentOf('cached'))).not.toContain(marker);
  });
});
