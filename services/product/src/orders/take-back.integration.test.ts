import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { cancelOfErased } from '../checkout/open-checkouts.ts';
import { cancelAllUnpaid } from '../checkout/unpaid-watch.ts';
import { testCarts } from '../testing/test-carts.ts';
import { testCatalogue } from '../testing/test-catalogue.ts';
import { orderOf } from '../testing/test-order.ts';
import { eraseCustomers } from './order-erasures.ts';
import { orderMetrics } from './order-metrics.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const carts = testCarts(catalogue);
const path = '/api/v1/orders';
const place = (quantities: Record<string, number>) =>
  catalogue.send('POST', path, orderOf('one', quantities));
const move = (...statuses: string[]) =>
  statuses.reduce<Promise<unknown>>(
    (before, status) => before.then(() => catalogue.send('PATCH', `${path}/one/status`, { status })),
    Promise.resolve(),
  );
const take = (kind: 'cancellations' | 'returns', body: object = {}, uid = 'one') =>
  catalogue.send('POST', `${path}/${uid}/${kind}`, body);
const stockOf = async (sku: string) =>
  (await catalogue.send('GET', `/products?sku=${sku}`)).body.items[0].stock;
const returned = async () =>
  (await catalogue.events()).flatMap(({ type, data }) =>
    type === 'product.returned.v1' ? [[data.line, data.quantity, data.remaining_quantity, data.reason]] : [],
  );

test('takes back pieces of lines before and after the order is sent: stock, events and history follow', async () => {
  await catalogue.create({ sku: 'lamp', stock: 10 });
  await catalogue.create({ sku: 'box', stock: 10 });
  await place({ lamp: 5, box: 2 });
  const answer = await take('cancellations', { items: [{ line: 1, quantity: 2 }], reason: 'too many' });
  expect(answer).toMatchObject({ status: 200, body: { status: 'created', version: 2 } });
  expect(await stockOf('lamp')).toBe(7);
  await move('paid', 'shipped');
  await take('returns', { items: [{ line: 1, quantity: 1 }, { line: 2 }] });
  expect([await stockOf('lamp'), await stockOf('box')]).toEqual([8, 10]);
  const { body } = await take('returns');
  expect(await stockOf('lamp')).toBe(10);
  expect(await returned()).toEqual([
    [1, 2, 3, 'cancelled'],
    [1, 1, 2, 'returned'],
    [2, 2, 0, 'returned'],
    [1, 2, 0, 'returned'],
  ]);
  expect(body).toMatchObject({
    status: 'shipped',
    items: [
      { line: 1, cancelled_quantity: 2, returned_quantity: 3 },
      { line: 2, cancelled_quantity: 0, returned_quantity: 2 },
    ],
  });
  // The answer may be kept for a repeat, and has nobody's words.
  expect(JSON.stringify(body)).not.toContain('too many');
  const { body: later } = await catalogue.send('GET', `${path}/one/status`);
  expect(later.history).toMatchObject([
    { version: 1, status: 'created', taken_back: null },
    {
      version: 2,
      status: 'created',
      taken_back: 'cancelled',
      items: [{ line: 1, quantity: 2 }],
      reason: 'too many',
    },
    { version: 3, status: 'paid', taken_back: null },
    { version: 4, status: 'shipped', taken_back: null },
    { version: 5, status: 'shipped', taken_back: 'returned' },
    { version: 6, status: 'shipped', taken_back: 'returned', items: [{ line: 1, quantity: 2 }] },
  ]);
});

test('an order of which the last piece is cancelled is cancelled, and the stock has back what the order took, once', async () => {
  await catalogue.create({ sku: 'lamp', stock: 3 });
  // Two of the five are backordered: these go first.
  await place({ lamp: 5 });
  await take('cancellations', { items: [{ line: 1, quantity: 3 }] });
  expect(await stockOf('lamp')).toBe(1);
  expect((await take('cancellations')).body).toMatchObject({ status: 'cancelled', version: 3 });
  expect(await stockOf('lamp')).toBe(3);
  expect(await take('cancellations')).toMatchObject({ status: 409, body: { code: 'nothing_left' } });
});

test('a status of cancelled takes back what is left, and nothing that was taken back before', async () => {
  await catalogue.create({ sku: 'lamp', stock: 9 });
  await place({ lamp: 5 });
  await take('cancellations', { items: [{ line: 1, quantity: 2 }] });
  await move('cancelled');
  expect(await stockOf('lamp')).toBe(9);
  expect(await returned()).toEqual([
    [1, 2, 3, 'cancelled'],
    [1, 3, 0, 'cancelled'],
  ]);
});

test('the same id again, also at the same moment, takes nothing back a second time', async () => {
  await place({ lamp: 5 });
  const body = { id: randomUUID(), items: [{ line: 1, quantity: 1 }] };
  const answers = await Promise.all(Array.from({ length: 5 }, () => take('cancellations', body)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(await returned()).toEqual([[1, 1, 4, 'cancelled']]);
});

test('refuses what is not there, what comes too late, and what has not been sent', async () => {
  await place({ lamp: 2, box: 1 });
  const codeOf = async (...asked: Parameters<typeof take>) => (await take(...asked)).body.code;
  const items = [{ line: 1, quantity: 3 }, { line: 2 }, { line: 2 }, { line: 9 }];
  const refused = await take('cancellations', { items });
  expect(refused).toMatchObject({ status: 409, body: { code: 'more_than_left' } });
  expect(refused.body.errors.map(({ field }: { field: string }) => field)).toEqual([
    'items/0',
    'items/2',
    'items/3',
  ]);
  expect(await codeOf('returns')).toBe('not_sent');
  expect(await codeOf('returns', {}, 'none')).toBe('order_not_found');
  await move('paid', 'shipped');
  expect(await codeOf('cancellations')).toBe('already_sent');
  expect(await returned()).toEqual([]);
});

test('of a cancellation and a shipping at one moment one happens, and the other is refused', async () => {
  await place({ lamp: 1 });
  await move('paid');
  const [shipped, cancelled] = await Promise.all([
    catalogue.send('PATCH', `${path}/one/status`, { status: 'shipped' }),
    take('cancellations'),
  ]);
  expect([shipped.status, cancelled.status].sort()).toEqual([200, 409]);
});

const watched = () => ({
  ...catalogue,
  metrics: orderMetrics(catalogue.metrics),
  onCommitted: () => undefined,
});

test('an order that is not paid in time is cancelled by itself, and its stock is free again', async () => {
  const lamp = await catalogue.create({ sku: 'lamp', stock: 2 });
  const [late, prompt] = [randomUUID(), randomUUID()];
  for (const user of [late, prompt]) await carts.fill(user, 2, { [lamp.id]: 1 });
  const [unpaid, paid] = [(await carts.checkOut(late, 2)).body, (await carts.checkOut(prompt, 2)).body];
  await catalogue.send('PATCH', `${path}/${paid.id}/status`, { status: 'paid' });
  const cancelAll = (now: Date) => cancelAllUnpaid(watched(), now);
  await cancelAll(new Date());
  expect((await catalogue.send('GET', `${path}/${unpaid.id}/status`)).body.status).toBe('created');
  const after = new Date(Date.parse(unpaid.pay_until));
  await cancelAll(after);
  await cancelAll(after);
  const statusOf = async (uid: string) => (await catalogue.send('GET', `${path}/${uid}/status`)).body;
  expect(await statusOf(unpaid.id)).toMatchObject({ status: 'cancelled', pay_until: null });
  expect(await statusOf(paid.id)).toMatchObject({ status: 'paid', pay_until: null });
  expect(await stockOf('lamp')).toBe(1);
  const audited = await catalogue.db.sql`
    select subject, action, object from audit where action = 'cancelUnpaid'`;
  expect([...audited]).toEqual([{ subject: 'product', action: 'cancelUnpaid', object: unpaid.id }]);
  // The orders of the topic wait for nobody.
  await place({ lamp: 1 });
  await cancelAll(new Date(Date.now() + 1e9));
  expect(await statusOf('one')).toMatchObject({ status: 'created' });
});

test('an unpaid order that cannot be cancelled holds up no other', async () => {
  const lamp = await catalogue.create({ stock: 9 });
  const uids: string[] = [];
  for (let count = 0; count < 3; count++) {
    const user = randomUUID();
    await carts.fill(user, 2, { [lamp.id]: 1 });
    uids.push((await carts.checkOut(user, 2)).body.id);
  }
  // Its next step has been noted already, so that it fails.
  await catalogue.db.sql`
    insert into order_changes (order_uid, version, status, happened_at)
    values (${uids[0] as string}, 2, 'created', now())`;
  await cancelAllUnpaid(watched(), new Date(Date.now() + 1e9));
  const statuses = await Promise.all(
    uids.map(async (uid) => (await catalogue.send('GET', `${path}/${uid}/status`)).body.status),
  );
  expect(statuses).toEqual(['created', 'cancelled', 'cancelled']);
});

test('of an erased user’s checkouts those not sent are cancelled, the others stay without what is personal', async () => {
  const lamp = await catalogue.create({ sku: 'lamp', stock: 3 });
  const userId = randomUUID();
  const uids: string[] = [];
  for (const [index] of [0, 1, 2].entries()) {
    await carts.fill(userId, 2 + 2 * index, { [lamp.id]: 1 });
    const { id } = (await carts.checkOut(userId, 2 + 2 * index)).body;
    await carts.fill(userId, 3 + 2 * index, {}, id);
    uids.push(id);
  }
  const [open, paid, sent] = uids as [string, string, string];
  const step = (uid: string, status: string) => catalogue.send('PATCH', `${path}/${uid}/status`, { status });
  await take('cancellations', { items: [{ line: 1, quantity: 1 }], reason: 'I am Jane' }, open);
  await step(paid, 'paid');
  await step(sent, 'paid');
  await step(sent, 'shipped');
  await catalogue.db.transaction('erase', async (tx) => {
    await eraseCustomers(tx, [userId]);
    await cancelOfErased(tx, [userId]);
  });
  const states = await Promise.all(
    uids.map(async (uid) => (await catalogue.send('GET', `${path}/${uid}/status`)).body),
  );
  expect(states.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'shipped']);
  expect(JSON.stringify(states)).not.toContain('Jane');
  expect(await stockOf('lamp')).toBe(2);
});
