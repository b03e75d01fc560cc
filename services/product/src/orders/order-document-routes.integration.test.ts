import type { Order } from '@souk/contracts/orders.ts';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { orderSamples } from '../testing/order-samples.ts';
import { cacheLimits, testCatalogue } from '../testing/test-catalogue.ts';
import { orderOf, testItem, testOrder } from '../testing/test-order.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
// Documents stay in the cache: a test that reads one has a uid of its own.
beforeEach(() => catalogue.clear());

const path = '/api/v1/orders';
const post = (body: unknown, headers?: object) => catalogue.send('POST', path, body, headers);
const bytesOf = async (url: string) => (await catalogue.http.inject({ method: 'GET', url })).rawPayload;

describe('an order', () => {
  test.for(orderSamples())(
    'as the $name sample has it is taken and given back byte for byte',
    async (sample) => {
      expect((await post(sample.text)).status).toBe(201);
      const { order_uid } = sample.document;
      for (const url of [`${path}/${order_uid}`, `/order/${order_uid}`])
        expect((await bytesOf(url)).toString()).toBe(sample.text);
    },
  );

  test('is answered with its summary, and where it is', async () => {
    await catalogue.create({ sku: 'lamp', stock: 1 });
    const answer = await post(orderOf('one', { lamp: 2, box: 1 }));

    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`${path}/one`);
    expect(answer.body).toEqual({
      order_uid: 'one',
      customer_id: '0198c1de-3b00-7000-8000-000000000001',
      track_number: 'SOUK2026TRACK',
      status: 'created',
      backordered: true,
      version: 1,
      amount: 35,
      currency: 'USD',
      item_count: 2,
      date_created: '2026-03-01T09:47:00.000Z',
      received_at: expect.any(String),
      updated_at: answer.body.received_at,
      redacted_at: null,
    });
  });

  test('with other digits in a number than the one stored is another order, however large the number', async () => {
    const orderWith = (number: string) =>
      JSON.stringify({ ...testOrder('digits'), extra: 0 }).replace('"extra":0', `"extra":${number}`);
    expect((await post(orderWith('12345678901234567891'))).status).toBe(201);
    expect((await bytesOf('/order/digits')).toString()).toContain('12345678901234567891');
    expect((await post(orderWith('1234567890123456789.1e1'))).status).toBe(200);
    expect((await post(orderWith('12345678901234567890'))).status).toBe(409);
  });

  test('counts prices in the minor units of its currency', async () => {
    const orderIn = (uid: string, currency: string, item: object = {}) => {
      const order = testOrder(uid, { items: [{ ...testItem({ sku: uid }), ...item }] });
      return { ...order, payment: { ...order.payment, currency } };
    };
    for (const [uid, currency, minor] of [
      ['kwd', 'KWD', 10_000],
      ['jpy', 'JPY', 1_000],
    ] as const) {
      expect((await post(orderIn(uid, currency))).status).toBe(201);
      const { body } = await catalogue.send('GET', `/api/v1/products?sku=${uid}`);
      expect(body.items).toMatchObject([{ price: 10, currency }]);
      expect((await catalogue.events()).at(-1)?.data).toMatchObject({ unit_price_minor: minor, currency });
    }
    for (const item of [{ unit_price_minor: 1_050 }, { price: 10_000_000_000 }])
      expect(await post(orderIn('none', 'unit_price_minor' in item ? 'JPY' : 'KWD', item))).toMatchObject({
        status: 400,
        body: { code: 'invalid_request' },
      });
  });

  test('with a key given twice is refused, and the key is named', async () => {
    const text = JSON.stringify(testOrder('twice')).replace('{', '{"order_uid":"other",');
    expect(await post(text)).toMatchObject({ status: 400, body: { errors: [{ field: 'order_uid' }] } });
  });

  test('sent again changes nothing and is 200, a different one under its uid is 409', async () => {
    const order = testOrder('one');
    const first = await post(order);
    await catalogue.send('PATCH', `${path}/one/status`, { status: 'paid' });
    const [events, commits] = [await catalogue.events(), catalogue.commits()];

    const again = await post(` ${JSON.stringify(Object.fromEntries(Object.entries(order).toReversed()))}`);
    expect(again).toMatchObject({
      status: 200,
      headers: { location: `${path}/one` },
      body: { ...first.body, status: 'paid', version: 2, updated_at: expect.any(String) },
    });
    const other = await post({ ...order, locale: 'de' });
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'order_conflict', errors: [{ field: 'order_uid' }] },
    });

    expect(await catalogue.events()).toEqual(events);
    expect(catalogue.commits()).toBeGreaterThanOrEqual(commits);
    expect((await bytesOf(`${path}/one`)).toString()).toBe(JSON.stringify(order));
  });

  test('a byte order mark before it is no part of it', async () => {
    const text = JSON.stringify(testOrder('marked'));
    expect((await post(`\ufeff${text}`)).status).toBe(201);
    expect((await bytesOf(`${path}/marked`)).toString()).toBe(text);
  });

  test('keeps what the contract does not name, and what it looks like', async () => {
    const text = `\n{ "zebra": [1.0, 1e3], ${JSON.stringify(testOrder('kept')).slice(1, -1)}, "note": "\\u00e9" }\r\n`;
    expect((await post(text)).status).toBe(201);
    expect((await bytesOf('/order/kept')).toString()).toBe(text);
    expect((await bytesOf('/order/kept')).toString()).toBe(text);
  });

  test('carries an ETag that saves the next answer', async () => {
    await post(testOrder('one'));
    const { headers } = await catalogue.send('GET', '/order/one');
    const again = await catalogue.send('GET', '/order/one', undefined, { 'if-none-match': headers.etag });
    expect(again).toMatchObject({ status: 304, body: '', headers: { etag: headers.etag } });
    const other = await catalogue.send('GET', '/order/one', undefined, { 'if-none-match': '"x"' });
    expect(other.status).toBe(200);
  });

  test('that is not there is 404, and can be placed and read right after', async () => {
    for (const url of [`${path}/absent`, '/order/absent'])
      expect(await catalogue.send('GET', url)).toMatchObject({
        status: 404,
        body: { code: 'order_not_found' },
      });
    await post(testOrder('absent'));
    expect((await catalogue.send('GET', '/order/absent')).status).toBe(200);
  });

  test.each(['a%20b', 'x'.repeat(65), '%00', 'ä'])('has no uid like %s', async (uid) => {
    for (const url of [`${path}/${uid}`, `/order/${uid}`])
      expect(await catalogue.send('GET', url)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ field: 'order_uid' }] },
      });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: the change makes documents that no type allows.
const changed = (change: (order: any) => void): Order => {
  const order = structuredClone(testOrder('one'));
  change(order);
  return order;
};

describe('a body is refused, and every field at fault named:', () => {
  test.each<[string, unknown, string[]]>([
    ['null', 'null', ['']],
    ['an array', [], ['']],
    [
      'missing and mistyped fields',
      changed((order) => {
        delete order.track_number;
        delete order.delivery.name;
        order.sm_id = '99';
        order.items[0].price = 1.5;
        order.payment.amount = -1;
      }),
      ['delivery/name', 'items/0/price', 'payment/amount', 'sm_id', 'track_number'],
    ],
    ['no items', changed((order) => (order.items = [])), ['items']],
    ['a duplicate item', changed((order) => order.items.push(testItem())), ['items']],
    ['a currency in lower case', changed((order) => (order.payment.currency = 'usd')), ['payment/currency']],
    ['a NUL', changed((order) => (order.delivery.city = 'a\u0000')), ['delivery/city']],
    ['half a surrogate pair', changed((order) => (order.items[0].brand = '\ud83d')), ['items/0/brand']],
    ['a date that is none', changed((order) => (order.date_created = 'today')), ['date_created']],
    ['a bad uid', changed((order) => (order.order_uid = 'a b')), ['order_uid']],
  ])('%s', async (_, body, fields) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(fields);
    expect(await catalogue.db.sql`select from orders`).toHaveLength(0);
  });

  test.each<[string, string | Buffer, number, string]>([
    ['nothing', '', 400, 'invalid_json'],
    ['broken JSON', '{"order_uid":', 400, 'invalid_json'],
    ['UTF-16', Buffer.from(JSON.stringify(testOrder('one')), 'utf16le'), 400, 'invalid_json'],
    ['Latin-1', Buffer.from(JSON.stringify(testOrder('ä')), 'latin1'), 400, 'invalid_json'],
    ['10 MB', JSON.stringify({ ...testOrder('one'), note: 'x'.repeat(10_000_000) }), 413, 'body_too_large'],
  ])('%s', async (_, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { code } });
    expect(await catalogue.db.sql`select from orders`).toHaveLength(0);
  });
});

describe('the cache', () => {
  const metric = async (result: string) => {
    const { body } = await catalogue.send('GET', '/metrics');
    const name = `cache_requests_total{tier="memory",result="${result}",service="product"}`;
    const line = (body as string).split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length));
  };
  const stats = async () => (await catalogue.send('GET', '/stats')).body;

  test('answers what was read before, holds no more than its limit, and /stats tells both', async () => {
    const uids = Array.from({ length: cacheLimits.entriesMax + 10 }, (_, index) => `order-${index}`);
    for (const uid of uids) await post(testOrder(uid));
    const [before, hits, misses] = [await stats(), await metric('hit'), await metric('miss')];

    for (const uid of uids) await bytesOf(`/order/${uid}`);
    for (const uid of uids.slice(-5)) await bytesOf(`/order/${uid}`);
    await catalogue.send('GET', '/order/unknown');

    const after = await stats();
    expect(after.orders).toMatchObject({ held: uids.length, cached: cacheLimits.entriesMax });
    expect(after.cache.hits - before.cache.hits).toBe(5);
    expect(after.cache.misses - before.cache.misses).toBe(uids.length + 1);
    expect(after.cache.hit_rate).toBeCloseTo(after.cache.hits / (after.cache.hits + after.cache.misses));
    expect([await metric('hit'), await metric('miss')]).toEqual([hits + 5, misses + uids.length + 1]);
  });

  test('/stats counts each refused document once', async () => {
    const { rejected } = (await stats()).orders;
    await post(testOrder('one'));
    await post({ ...testOrder('one'), locale: 'de' });
    await post('{');
    expect((await stats()).orders).toMatchObject({
      held: 1,
      rejected: rejected + 2,
      consumed: 0,
      dead_lettered: 0,
    });
  });
});
