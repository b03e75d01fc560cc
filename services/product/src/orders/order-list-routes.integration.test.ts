import { afterAll, beforeEach, expect, test } from 'vitest';
import { testCatalogue } from '../testing/test-catalogue.ts';
import { testOrder } from '../testing/test-order.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const path = '/api/v1/orders';
const place = async (uid: string, fields: Parameters<typeof testOrder>[1] = {}) => {
  const answer = await catalogue.send('POST', path, testOrder(uid, fields));
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
};
type Item = { order_uid: string };
const uidsOf = (body: { items: Item[] }) => body.items.map(({ order_uid }) => order_uid);
const list = async (query = '') => uidsOf((await catalogue.send('GET', `${path}?${query}`)).body);

test('lists the newest by their own date, and what claims to be of the future by its receipt', async () => {
  await place('middle', { date_created: '2024-06-01T00:00:00+02:00' });
  await place('old', { date_created: '2021-01-01T00:00:00Z' });
  await place('future', { date_created: '2999-01-01T00:00:00Z' });
  await place('now', { date_created: new Date().toISOString() });
  await place('middle-too', { date_created: '2024-05-31T22:00:00Z' });

  const uids = await list();
  expect(uids.slice(0, 2).sort()).toEqual(['future', 'now']);
  expect(uids.slice(2)).toEqual(['middle-too', 'middle', 'old']);
  const { body } = await catalogue.send('GET', `${path}?limit=100`);
  expect(body.items.at(-1)).toMatchObject({ order_uid: 'old', date_created: '2021-01-01T00:00:00.000Z' });
});

test('filters by customer and status, both at once, and an empty result is a list', async () => {
  await place('a1', { customer_id: 'a' });
  await place('a2', { customer_id: 'a' });
  await place('b1', { customer_id: 'b' });
  for (const uid of ['a1', 'b1']) await catalogue.send('PATCH', `${path}/${uid}/status`, { status: 'paid' });

  expect((await list('customer_id=a')).sort()).toEqual(['a1', 'a2']);
  expect((await list('status=paid')).sort()).toEqual(['a1', 'b1']);
  expect(await list('customer_id=a&status=created')).toEqual(['a2']);
  const { body } = await catalogue.send('GET', `${path}?customer_id=nobody`);
  expect(body).toEqual({ items: [], limit: 10, next_cursor: null });
});

test('pages by cursor give every order once, although new ones come in between', async () => {
  const uids = Array.from({ length: 23 }, (_, index) => `order-${String(index).padStart(2, '0')}`);
  for (const [index, uid] of uids.entries())
    await place(uid, { date_created: `2024-01-01T00:00:0${index % 3}Z`, customer_id: 'a' });

  const seen: string[] = [];
  let cursor: string | null = '';
  for (let page = 0; cursor !== null; page++) {
    const query: string = cursor && `&cursor=${cursor}`;
    const { body } = await catalogue.send('GET', `${path}?customer_id=a&limit=5${query}`);
    seen.push(...uidsOf(body));
    cursor = body.next_cursor;
    await place(`later-${page}`, { customer_id: 'a' });
  }
  expect(seen).toHaveLength(23);
  expect([...seen].sort()).toEqual(uids);
});

test.each([
  ['status=lost', 'invalid_request', ['status']],
  ['customer=a', 'invalid_request', ['customer']],
  ['limit=0&customer_id=', 'invalid_request', ['customer_id', 'limit']],
  ['cursor=x', 'invalid_cursor', ['cursor']],
  [`cursor=${Buffer.from('[1,2,"a b"]').toString('base64url')}`, 'invalid_cursor', ['cursor']],
  [`cursor=${Buffer.from('[-1,1e99,"a"]').toString('base64url')}`, 'invalid_cursor', ['cursor']],
])('refuses ?%s', async (query, code, fields) => {
  const { status, body } = await catalogue.send('GET', `${path}?${query}`);
  expect([status, body.code]).toEqual([400, code]);
  expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(fields);
});
