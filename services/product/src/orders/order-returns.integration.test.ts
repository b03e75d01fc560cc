import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { testCatalogue } from '../testing/test-catalogue.ts';
import { orderOf } from '../testing/test-order.ts';
import { eraseCustomers } from './order-erasures.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const path = '/api/v1/orders';
const place = (document: object) => catalogue.send('POST', path, document);
const move = (uid: string, status: string) => catalogue.send('PATCH', `${path}/${uid}/status`, { status });
const moveMany = (uids: readonly string[], status: string) =>
  catalogue.send('POST', `${path}/status`, { orders: uids.map((order_uid) => ({ order_uid, status })) });

/** The lines bought and taken back, in the order of their numbers. */
const sales = async () =>
  (await catalogue.events()).flatMap((event) =>
    event.type === 'product.purchased.v1' || event.type === 'product.returned.v1' ? event : [],
  );

test('a cancelled order takes back each of its lines, with the price, the user and the time of the purchase', async () => {
  const userId = randomUUID();
  const before = Date.now();
  await place({ ...orderOf('one', { lamp: 3, box: 2 }), customer_id: userId.toUpperCase() });
  await move('one', 'paid');
  expect(await sales()).toHaveLength(2);

  await move('one', 'cancelled');

  const [lamp, box, ...returns] = await sales();
  const returned = (purchase: typeof lamp) => ({
    ...{ type: 'product.returned.v1', key: purchase?.key },
    data: {
      ...purchase?.data,
      ...{ user_id: userId, remaining_quantity: 0, reason: 'cancelled' },
      ...{ purchased_at: purchase?.data.occurred_at, occurred_at: expect.any(String) },
    },
  });
  expect(returns).toMatchObject([returned(lamp), returned(box)]);
  for (const { data } of returns) expect(Date.parse(data.occurred_at)).toBeGreaterThanOrEqual(before);
});

test('a step that is refused, and every other status, takes nothing back', async () => {
  await place(orderOf('one', { lamp: 1 }));
  for (const status of ['paid', 'shipped', 'cancelled', 'delivered', 'cancelled']) await move('one', status);
  await move('none', 'cancelled');
  expect((await sales()).map(({ type }) => type)).toEqual(['product.purchased.v1']);
});

test('what an erased user returns is published without the user', async () => {
  const userId = randomUUID();
  await place({ ...orderOf('one', { lamp: 1 }), customer_id: userId });
  await catalogue.db.transaction('erase', (tx) => eraseCustomers(tx, [userId]));
  await move('one', 'cancelled');
  expect((await sales()).map(({ data }) => data.user_id)).toEqual([userId, null]);
});

test('the product of a returned line may be gone from the catalogue', async () => {
  const { id } = await catalogue.create({ sku: 'lamp', stock: 5 });
  await place(orderOf('one', { lamp: 2 }));
  await catalogue.send('DELETE', `/products/${id}`);
  await move('one', 'cancelled');
  expect((await catalogue.events()).at(-1)).toMatchObject({ type: 'product.returned.v1', key: id });
});

test('a thousand orders cancelled at once take back every line once, also those an older version stored', async () => {
  const uids = Array.from({ length: 1_000 }, (_, index) => `order-${index}`);
  await catalogue.db.sql`
    insert into orders (order_uid, customer_id, track_number, status, version, backordered, amount, currency,
      item_count, date_created, placed_at, received_at, updated_at, digest, document)
    select uid, 'a', 't', 'created', 1, false, 1, 'USD', 3, now(), now(), now(), now(), '\\x00', '{}'
    from unnest(${uids}::text[]) as uid`;
  await catalogue.db.sql`
    insert into order_items (order_uid, line, product_id, sku, quantity, unit_price_minor, stock_taken,
      backordered_quantity)
    select uid, line, ${randomUUID()}::uuid, 'lamp', line, 5, 0, 0
    from unnest(${uids}::text[]) as uid, generate_series(1, 3) as line`;

  const answers = await Promise.all([moveMany(uids, 'cancelled'), moveMany(uids.toReversed(), 'cancelled')]);

  expect(answers.map(({ body }) => body.accepted)).toEqual([1_000, 1_000]);
  expect(answers.map(({ body }) => body.moved).sort()).toEqual([0, 1_000]);
  const returned = (await sales()).map(({ data }) => `${data.order_uid}/${data.line}/${data.quantity}`);
  expect(returned.sort()).toEqual(
    uids.flatMap((uid) => [1, 2, 3].map((line) => `${uid}/${line}/${line}`)).sort(),
  );
});

test('whatever is stored, repeated, moved and cancelled at once, a line is taken back once if its order is cancelled, after its purchase', async () => {
  const uids = ['a', 'b', 'c', 'd'];
  const action = fc.record({
    kind: fc.constantFrom('place', 'move', 'move many'),
    uid: fc.constantFrom(...uids),
    status: fc.constantFrom('paid', 'shipped', 'cancelled', 'cancelled'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 24, size: 'max' }), async (actions) => {
      await catalogue.clear();
      await catalogue.create({ sku: 'lamp', stock: 4 });
      await Promise.all(
        actions.map(({ kind, uid, status }) => {
          if (kind === 'place') return place(orderOf(uid, { lamp: 2, box: 1 }));
          return kind === 'move' ? move(uid, status) : moveMany(uids, status);
        }),
      );
      const cancelled = await catalogue.db.sql<{ uid: string }[]>`
        select order_uid as uid from orders where status = 'cancelled'`;
      const isCancelled = new Set(cancelled.map(({ uid }) => uid));
      const kinds = Map.groupBy(await sales(), ({ data }) => `${data.order_uid}/${data.line}`);
      for (const [line, events] of kinds)
        expect(
          events.map(({ type, key }) => `${type} ${key}`),
          line,
        ).toEqual([
          `product.purchased.v1 ${events[0]?.key}`,
          ...(isCancelled.has(line.charAt(0)) ? [`product.returned.v1 ${events[0]?.key}`] : []),
        ]);
      const lines = await catalogue.db.sql<
        { line: string }[]
      >`select order_uid || '/' || line as line from order_items`;
      expect([...kinds.keys()].sort()).toEqual(lines.map(({ line }) => line).sort());
    }),
    { numRuns: 15, endOnFailure: true },
  );
});
