import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { testCatalogue, versionOf } from '../testing/test-catalogue.ts';
import { orderOf, testOrder } from '../testing/test-order.ts';
import { orderStatuses } from './order.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const path = '/api/v1/orders';
const place = async (...documents: object[]) => {
  for (const document of documents) expect((await catalogue.send('POST', path, document)).status).toBe(201);
};
const move = (uid: string, status: unknown, headers?: object) =>
  catalogue.send('PATCH', `${path}/${uid}/status`, { status }, headers);
const moveMany = (orders: unknown) => catalogue.send('POST', `${path}/status`, { orders });
const stateOf = async (uid: string) => (await catalogue.send('GET', `${path}/${uid}/status`)).body;
const stockOf = async (sku: string) =>
  (await catalogue.send('GET', `/products?sku=${sku}`)).body.items[0]?.stock;

const way = {
  created: [],
  paid: ['paid'],
  shipped: ['paid', 'shipped'],
  delivered: ['paid', 'shipped', 'delivered'],
  cancelled: ['cancelled'],
} as const;
const possible = ['created→paid', 'paid→shipped', 'shipped→delivered', 'created→cancelled', 'paid→cancelled'];

describe('an order', () => {
  test.each(orderStatuses.flatMap((from) => orderStatuses.map((to) => [from, to] as const)))(
    'that is %s may or may not become %s',
    async (from, to) => {
      await place(testOrder('one'));
      for (const step of way[from]) expect((await move('one', step)).status).toBe(200);
      const before = await stateOf('one');
      expect(before).toMatchObject({ status: from, version: way[from].length + 1 });

      const answer = await move('one', to);

      if (from === to) expect(answer).toMatchObject({ status: 200, body: before });
      else if (possible.includes(`${from}→${to}`))
        expect(answer).toMatchObject({
          status: 200,
          body: { status: to, version: before.version + 1 },
          headers: { etag: `"${before.version + 1}"` },
        });
      else {
        expect(answer).toMatchObject({
          status: 409,
          body: { code: 'impossible_step', errors: [{ field: 'status' }] },
        });
        expect(await stateOf('one')).toEqual(before);
      }
    },
  );

  test('shows where it stands and what each item got', async () => {
    const lamp = await catalogue.create({ sku: 'lamp', stock: 2 });
    await place(orderOf('one', { lamp: 5, box: 1 }));
    const answer = await catalogue.send('GET', `${path}/one/status`);
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.body).toMatchObject({
      order_uid: 'one',
      status: 'created',
      backordered: true,
      version: 1,
      updated_at: expect.any(String),
      items: [
        { line: 1, sku: 'lamp', product_id: lamp.id, quantity: 5, backordered_quantity: 3 },
        { line: 2, sku: 'box', product_id: expect.any(String), quantity: 1, backordered_quantity: 0 },
      ],
    });
  });

  test('moves only from the version that If-Match asks for', async () => {
    await place(testOrder('one'));
    expect(await move('one', 'paid', { 'if-match': '"2"' })).toMatchObject({
      status: 412,
      body: { code: 'version_mismatch' },
      headers: { etag: '"1"' },
    });
    expect((await move('one', 'paid', { 'if-match': '"1"' })).status).toBe(200);
    expect((await move('one', 'paid', { 'if-match': '"1"' })).status).toBe(412);
    expect((await move('one', 'paid', { 'if-match': '*' })).status).toBe(200);
  });

  test('that is not there is 404, and a bad status is named', async () => {
    expect(await catalogue.send('GET', `${path}/none/status`)).toMatchObject({ status: 404 });
    expect(await move('none', 'paid')).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
    expect(await move('none', 'lost')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'status' }] },
    });
    expect(await move('a b', 'paid')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'order_uid' }] },
    });
  });

  test('moved by many at once moves once', async () => {
    await place(testOrder('one'));
    const answers = await Promise.all(Array.from({ length: 8 }, () => move('one', 'paid')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await stateOf('one')).toMatchObject({ status: 'paid', version: 2 });

    const racers = await Promise.all([
      move('one', 'shipped'),
      move('one', 'cancelled'),
      move('one', 'shipped'),
    ]);
    const won = (await stateOf('one')).status;
    expect(racers.map(({ status }) => status)).toEqual(won === 'shipped' ? [200, 409, 200] : [409, 200, 409]);
  });
});

describe('cancelling', () => {
  test('gives back what the order took of the stock, once, and tells of it', async () => {
    const lamp = await catalogue.create({ sku: 'lamp', stock: 5 });
    await place(orderOf('one', { lamp: 3, box: 2 }), orderOf('two', { lamp: 3 }));
    expect(await stockOf('lamp')).toBe(0);

    await move('two', 'cancelled');
    expect(await stockOf('lamp')).toBe(2);
    await move('one', 'cancelled');
    await move('one', 'cancelled');
    expect(await stockOf('lamp')).toBe(5);

    const states = (await catalogue.events()).filter(({ key, data }) => key === lamp.id && 'stock' in data);
    expect(states.map(({ data }) => [versionOf(data), 'stock' in data && data.stock])).toEqual([
      [1, 5],
      [2, 2],
      [3, 0],
      [4, 2],
      [5, 5],
    ]);
  });

  test('leaves a stock alone that was, or has become, unlimited, and a product that is gone', async () => {
    const became = await catalogue.create({ sku: 'became', stock: 5 });
    const was = await catalogue.create({ sku: 'was' });
    const gone = await catalogue.create({ sku: 'gone', stock: 5 });
    await place(orderOf('one', { became: 1, was: 1, gone: 1 }));
    await catalogue.send('PUT', `/products/${became.id}`, { stock: null });
    await catalogue.send('PUT', `/products/${was.id}`, { stock: 7 });
    await catalogue.send('DELETE', `/products/${gone.id}`);

    expect((await move('one', 'cancelled')).status).toBe(200);
    expect([await stockOf('became'), await stockOf('was'), await stockOf('gone')]).toEqual([
      null,
      7,
      undefined,
    ]);
  });

  test('while others order and cancel loses and invents no piece', async () => {
    await catalogue.create({ sku: 'lamp', stock: 20 });
    await catalogue.create({ sku: 'box', stock: 20 });
    const uids = Array.from({ length: 12 }, (_, index) => `order-${index}`);
    await Promise.all(
      uids.map(async (uid, index) => {
        await place(orderOf(uid, index % 2 ? { lamp: 3, box: 1 } : { box: 3, lamp: 1 }));
        if (index % 3 > 0) expect((await move(uid, 'cancelled')).status).toBe(200);
      }),
    );
    expect((await moveMany(uids.map((order_uid) => ({ order_uid, status: 'cancelled' })))).body).toEqual({
      accepted: 12,
      moved: 4,
      rejected: [],
    });
    expect([await stockOf('lamp'), await stockOf('box')]).toEqual([20, 20]);
  });
});

describe('a batch of steps', () => {
  test('of a thousand orders moves them all', async () => {
    const uids = Array.from({ length: 1_000 }, (_, index) => `order-${index}`);
    await catalogue.db.sql`
      insert into orders (order_uid, customer_id, track_number, status, version, backordered, amount, currency,
        item_count, date_created, placed_at, received_at, updated_at, digest, document)
      select uid, 'a', 't', 'created', 1, false, 1, 'USD', 1, now(), now(), now(), now(), '\\x00', '{}'
      from unnest(${uids}::text[]) as uid`;
    const answer = await moveMany(uids.map((order_uid) => ({ order_uid, status: 'paid' })));
    expect(answer).toMatchObject({ status: 207, body: { accepted: 1_000, moved: 1_000, rejected: [] } });
    const [row] = await catalogue.db
      .sql`select count(*)::int as count from orders where status = 'paid' and version = 2`;
    expect(row?.count).toBe(1_000);
  });

  test('takes the possible ones and gives the reason for each other one', async () => {
    await place(testOrder('a'), testOrder('b'), testOrder('c'), testOrder('d'));
    await move('b', 'paid');
    const { status, body } = await moveMany([
      { order_uid: 'a', status: 'paid' },
      { order_uid: 'b', status: 'paid' },
      { order_uid: 'c', status: 'delivered' },
      { order_uid: 'none', status: 'paid' },
      { order_uid: 'a', status: 'shipped' },
      { order_uid: 'd', status: 'lost', note: 1 },
      'nonsense',
      { order_uid: 'd', status: 'cancelled' },
    ]);
    expect(status).toBe(207);
    expect(body).toMatchObject({ accepted: 3, moved: 2 });
    const fields = (errors: { field: string }[] = []) => errors.map(({ field }) => field).sort();
    expect(
      body.rejected.map((each: { index: number; code: string; errors: [] }) => [
        each.index,
        each.code,
        fields(each.errors),
      ]),
    ).toEqual([
      [2, 'impossible_step', ['status']],
      [3, 'order_not_found', []],
      [4, 'duplicate_order', ['order_uid']],
      [5, 'invalid_request', ['note', 'status']],
      [6, 'invalid_request', ['']],
    ]);
    expect((await stateOf('a')).status).toBe('paid');
    expect((await stateOf('d')).status).toBe('cancelled');
  });

  test('may be NDJSON, and may be empty', async () => {
    await place(testOrder('a'));
    const lines = '{"order_uid":"a","status":"paid"}\n\n{"order_uid":"a"\n';
    const answer = await catalogue.send('POST', `${path}/status`, lines, {
      'content-type': 'application/x-ndjson',
    });
    expect(answer.body).toMatchObject({ accepted: 1, rejected: [{ index: 2, code: 'invalid_json' }] });
    expect((await moveMany([])).body).toEqual({ accepted: 0, moved: 0, rejected: [] });
  });

  test('of more than a thousand is refused as a whole', async () => {
    const steps = Array.from({ length: 1_001 }, () => ({ order_uid: 'a', status: 'paid' }));
    expect(await moveMany(steps)).toMatchObject({ status: 400, body: { errors: [{ field: 'orders' }] } });
    expect((await catalogue.send('POST', `${path}/status`, {})).status).toBe(400);
  });
});
