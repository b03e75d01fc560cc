import type { Answer } from '@souk/service-kit/testing/test-http.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { testCatalogue, versionOf } from '../testing/test-catalogue.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const path = '/api/v1/products';
const unknownId = '0198c1de-3b00-7000-8000-0000000000a1';
const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const full = {
  sku: '85123A',
  name: 'White hanging heart t-light holder',
  description: 'Hangs anywhere.',
  brand: 'Wicker & Sons',
  category: 'Home',
  price: 2.55,
  currency: 'GBP',
  stock: 40,
};

const expectProblem = (answer: Answer, status: number, code: string) => {
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status, body: { status, code } });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  return answer.body;
};
const fieldsOf = (body: { errors: { field: string; message: string }[] }) =>
  Object.fromEntries(body.errors.map(({ field, message }) => [field, message]));
const expectNothingWritten = async () => {
  expect(await catalogue.events()).toEqual([]);
  const [{ count }] = await catalogue.db.sql<[{ count: number }]>`select count(*) as count from products`;
  expect(count).toBe(0);
};

describe.each([path, '/products'])('%s', (base) => {
  test('creates, reads, updates, lists and deletes', async () => {
    const created = await catalogue.send('POST', base, full);
    expect(created).toMatchObject({ status: 201, body: { ...full, version: 1 } });
    const { id } = created.body;
    expect(id).toMatch(uuidv7);
    expect(created.headers).toMatchObject({ etag: '"1"', location: `${path}/${id}` });

    const read = await catalogue.send('GET', `${base}/${id}`);
    expect(read).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: created.body });

    const updated = await catalogue.send('PUT', `${base}/${id}`, { price: 2.95, stock: null });
    expect(updated).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { ...full, price: 2.95, stock: null, version: 2, created_at: created.body.created_at },
    });

    const list = await catalogue.send('GET', base);
    expect(list).toMatchObject({
      status: 200,
      body: { items: [updated.body], page: 1, limit: 10, total: 1, total_is_exact: true, next_cursor: null },
    });

    expect(await catalogue.send('DELETE', `${base}/${id}`)).toMatchObject({ status: 204, body: '' });
    expectProblem(await catalogue.send('GET', `${base}/${id}`), 404, 'product_not_found');
    expect((await catalogue.events()).map(({ type, key }) => [type, key])).toEqual([
      ['product.created.v1', id],
      ['product.updated.v1', id],
      ['product.deleted.v1', id],
    ]);
  });
});

describe('creating', () => {
  test('needs a name and a price, and fills in the rest', async () => {
    const created = await catalogue.create({ name: 'Lantern', price: 0 });
    expect(created).toMatchObject({
      sku: null,
      name: 'Lantern',
      description: null,
      brand: null,
      category: null,
      price: 0,
      currency: 'USD',
      stock: null,
    });
    expect(created.created_at).toBe(created.updated_at);
  });

  test('publishes the whole public state', async () => {
    const created = await catalogue.create(full);
    expect(await catalogue.events()).toMatchObject([
      {
        type: 'product.created.v1',
        key: created.id,
        data: {
          product_id: created.id,
          version: 1,
          sku: '85123A',
          name: full.name,
          description: full.description,
          brand: full.brand,
          category: full.category,
          price_minor: 255,
          currency: 'GBP',
          stock: 40,
          created_at: created.created_at,
          updated_at: created.updated_at,
        },
      },
    ]);
    expect(catalogue.commits()).toBeGreaterThan(0);
  });

  test.each([
    ['KWD', [1.234, 0.001, 5]],
    ['JPY', [1000, 0]],
    ['CLF', [0.0001]],
  ])('takes every price that %s can have', async (currency, prices) => {
    for (const price of prices) {
      const { id } = await catalogue.create({ price, currency });
      expect((await catalogue.send('GET', `${path}/${id}`)).body).toMatchObject({ price, currency });
    }
  });

  test('refuses a price that the currency cannot have, whichever of them is given', async () => {
    const yen = await catalogue.create({ price: 1000, currency: 'JPY' });
    const dollars = await catalogue.create({ price: 12.5 });
    const [one, other] = [`${path}/${yen.id}`, `${path}/${dollars.id}`];
    const refused = async (method: 'POST' | 'PUT', url: string, body: object) => {
      const answer = await catalogue.send(method, url, body);
      expect(fieldsOf(expectProblem(answer, 400, 'invalid_request')).price, JSON.stringify(body)).toContain(
        'decimals',
      );
    };
    await refused('POST', path, { name: 'Lamp', price: 1000.5, currency: 'JPY' });
    await refused('POST', path, { name: 'Lamp', price: 1.234 });
    await refused('PUT', one, { price: 1000.5 });
    await refused('PUT', other, { currency: 'JPY' });
    expect((await catalogue.send('PUT', one, { currency: 'KWD' })).body).toMatchObject({
      price: 1000,
      version: 2,
    });
    expect((await catalogue.send('PUT', one, { price: 1.234 })).body).toMatchObject({
      price: 1.234,
      version: 3,
    });
    const batch = await catalogue.send('POST', `${path}/batch`, {
      products: [
        { name: 'Good', price: 1.234, currency: 'KWD' },
        { name: 'Bad', price: 1.5, currency: 'JPY' },
      ],
    });
    expect(batch.body).toMatchObject({
      created: 1,
      rejected: [{ index: 1, code: 'invalid_request', errors: [{ field: 'price' }] }],
    });
  });

  test('keeps every price of two decimals to the cent, up to the largest', async () => {
    for (const price of [0.01, 0.07, 0.1, 1.01, 2.55, 19.99, 1_234_567.89, 10_000_000_000]) {
      const { id } = await catalogue.create({ price });
      expect((await catalogue.send('GET', `${path}/${id}`)).body.price).toBe(price);
    }
  });

  test('refuses a sku that is taken, and writes nothing', async () => {
    await catalogue.create({ sku: 'A-1' });
    const answer = await catalogue.send('POST', path, { name: 'Other', price: 1, sku: 'A-1' });
    expect(fieldsOf(expectProblem(answer, 409, 'sku_taken'))).toEqual({ sku: 'is taken' });
    expect(await catalogue.events()).toHaveLength(1);
  });

  test('lets one of many at once have a sku', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => catalogue.send('POST', path, { name: 'Same', price: 1, sku: 'one' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
    expect(await catalogue.events()).toHaveLength(1);
  });

  test('names every bad field at once', async () => {
    const answer = await catalogue.send('POST', path, {
      name: ' ',
      sku: ' x',
      price: 12.34567,
      currency: 'usd',
      stock: -1,
      brand: 7,
      category: 'c'.repeat(201),
      colour: 'red',
    });
    expect(Object.keys(fieldsOf(expectProblem(answer, 400, 'invalid_request'))).sort()).toEqual(
      ['brand', 'category', 'colour', 'currency', 'name', 'price', 'sku', 'stock'].sort(),
    );
    await expectNothingWritten();
  });

  test.each([
    ['three decimals', 12.345, 'must have at most two decimals'],
    ['negative', -1, 'must be >= 0'],
    ['a string', '12.50', 'must be number'],
    ['null', null, 'must be number'],
    ['too large', 10_000_000_000.01, 'must be <= 10000000000'],
  ])('refuses a price that is %s', async (_, price, message) => {
    const answer = await catalogue.send('POST', path, { name: 'Lantern', price });
    expect(fieldsOf(expectProblem(answer, 400, 'invalid_request')).price).toContain(message);
    await expectNothingWritten();
  });

  test.each([
    ['broken JSON', '{"name":', 'application/json', 400, 'invalid_json'],
    ['an empty body', '', 'application/json', 400, 'invalid_json'],
    ['no object', '[]', 'application/json', 400, 'invalid_request'],
    ['a NUL character', '{"name":"a\\u0000b","price":1}', 'application/json', 400, 'invalid_request'],
    ['half a surrogate pair', '{"name":"\\ud800","price":1}', 'application/json', 400, 'invalid_request'],
    ['a form', 'name=a&price=1', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['NDJSON', '{"name":"a","price":1}', 'application/x-ndjson', 415, 'unsupported_media_type'],
    [
      'more than a MiB',
      JSON.stringify({ name: 'a', price: 1, description: 'x'.repeat(1_100_000) }),
      'application/json',
      413,
      'body_too_large',
    ],
  ])('refuses %s', async (_, body, contentType, status, code) => {
    expectProblem(await catalogue.send('POST', path, body, { 'content-type': contentType }), status, code);
    await expectNothingWritten();
  });

  test('keeps what any language writes, and counts its characters rather than its bytes', async () => {
    const name = '🪔'.repeat(500);
    const { id } = await catalogue.create({ name, description: '"\\\'$1 %s \u202e\n' });
    expect((await catalogue.send('GET', `${path}/${id}`)).body).toMatchObject({
      name,
      description: '"\\\'$1 %s \u202e\n',
    });
    const tooLong = await catalogue.send('POST', path, { name: `${name}a`, price: 1 });
    expectProblem(tooLong, 400, 'invalid_request');
  });
});

describe('updating', () => {
  test('changes the given fields alone, and publishes the whole state', async () => {
    const created = await catalogue.create(full);
    const answer = await catalogue.send('PUT', `${path}/${created.id}`, { category: 'Kitchen' });
    expect(answer.body).toEqual({
      ...created,
      category: 'Kitchen',
      version: 2,
      updated_at: answer.body.updated_at,
    });
    const [, updated] = await catalogue.events();
    expect(updated).toMatchObject({
      type: 'product.updated.v1',
      data: { version: 2, name: full.name, category: 'Kitchen', price_minor: 255 },
    });
  });

  test('takes an optional field away with null', async () => {
    const { id } = await catalogue.create(full);
    const gone = { sku: null, description: null, brand: null, category: null, stock: null };
    const answer = await catalogue.send('PUT', `${path}/${id}`, gone);
    expect(answer).toMatchObject({ status: 200, body: gone });
  });

  test.each([
    ['nothing', {}],
    ['what is there already', full],
  ])('that gives %s keeps version and time, and publishes nothing', async (_, body) => {
    const created = await catalogue.create(full);
    const answer = await catalogue.send('PUT', `${path}/${created.id}`, body);
    expect(answer).toMatchObject({ status: 200, body: created, headers: { etag: '"1"' } });
    expect(await catalogue.events()).toHaveLength(1);
  });

  test('is guarded by If-Match', async () => {
    const { id } = await catalogue.create();
    const put = (price: number, ifMatch: string) =>
      catalogue.send('PUT', `${path}/${id}`, { price }, { 'if-match': ifMatch });
    expect(await put(1, '"1"')).toMatchObject({ status: 200, body: { version: 2 } });
    for (const stale of ['"1"', '"3"', 'W/"2"', '"nonsense"']) {
      expectProblem(await put(9, stale), 412, 'version_mismatch');
    }
    expect((await put(9, '"1"')).headers.etag).toBe('"2"');
    expect(await put(2, '*')).toMatchObject({ status: 200, body: { version: 3, price: 2 } });
    expect(await catalogue.events()).toHaveLength(3);
  });

  test('is refused with another version even when it would change nothing', async () => {
    const { id } = await catalogue.create();
    const answer = await catalogue.send('PUT', `${path}/${id}`, {}, { 'if-match': '"7"' });
    expectProblem(answer, 412, 'version_mismatch');
  });

  test('refuses a sku that is taken, and changes nothing', async () => {
    await catalogue.create({ sku: 'taken' });
    const { id } = await catalogue.create({ sku: 'mine' });
    const answer = await catalogue.send('PUT', `${path}/${id}`, { sku: 'taken', price: 9 });
    expectProblem(answer, 409, 'sku_taken');
    expect((await catalogue.send('GET', `${path}/${id}`)).body).toMatchObject({ sku: 'mine', version: 1 });
    expect(await catalogue.events()).toHaveLength(2);
  });

  test('names every bad field, and changes nothing', async () => {
    const { id } = await catalogue.create();
    const answer = await catalogue.send('PUT', `${path}/${id}`, { name: null, price: '1', version: 7 });
    expect(Object.keys(fieldsOf(expectProblem(answer, 400, 'invalid_request'))).sort()).toEqual([
      'name',
      'price',
      'version',
    ]);
    expect(await catalogue.events()).toHaveLength(1);
  });

  test('is run again when it was ended to break a deadlock', async () => {
    const [a, b] = [await catalogue.create({ sku: 'a' }), await catalogue.create({ sku: 'b' })];
    const { put } = await catalogue.db.sql.begin(async (tx) => {
      await tx`update products set sku = 'c' where id = ${b.id}`;
      const put = catalogue.send('PUT', `${path}/${a.id}`, { sku: 'b' });
      await eventually(async () => {
        const [{ waiting }] = await catalogue.db.sql<[{ waiting: number }]>`
          select count(*) as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        expect(waiting).toBe(1);
      });
      // The update waits for b's sku, and this for the update's row.
      await tx`select id from products where id = ${a.id} for update`;
      return { put };
    });
    expect(await put).toMatchObject({ status: 200, body: { sku: 'b', version: 2 } });
    expect(await catalogue.events()).toHaveLength(3);
  });

  test('many at once lose nothing: one version and one event each, in order', async () => {
    const { id } = await catalogue.create({ price: 0 });
    const prices = Array.from({ length: 20 }, (_, index) => index + 1);
    await Promise.all(prices.map((price) => catalogue.send('PUT', `${path}/${id}`, { price })));
    const versions = (await catalogue.events()).map(({ data }) => versionOf(data));
    expect(versions).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });
});

describe('deleting', () => {
  test('publishes the version after the last, and frees the sku', async () => {
    const { id } = await catalogue.create({ sku: 'once' });
    await catalogue.send('PUT', `${path}/${id}`, { price: 1 });
    await catalogue.send('DELETE', `${path}/${id}`);
    expect((await catalogue.events()).at(-1)).toMatchObject({
      type: 'product.deleted.v1',
      key: id,
      data: { product_id: id, version: 3 },
    });
    expect((await catalogue.create({ sku: 'once' })).id).not.toBe(id);
  });

  test('is guarded by If-Match', async () => {
    const { id } = await catalogue.create();
    const remove = (ifMatch: string) =>
      catalogue.send('DELETE', `${path}/${id}`, undefined, { 'if-match': ifMatch });
    expectProblem(await remove('"2"'), 412, 'version_mismatch');
    expect((await remove('"1"')).status).toBe(204);
    expectProblem(await remove('"1"'), 404, 'product_not_found');
    expect(await catalogue.events()).toHaveLength(2);
  });
});

describe('a product that is not there', () => {
  test.each([
    ['GET', undefined],
    ['PUT', { price: 1 }],
    ['DELETE', undefined],
  ] as const)('%s is a 404, and a 400 when the id is none', async (method, body) => {
    expectProblem(await catalogue.send(method, `${path}/${unknownId}`, body), 404, 'product_not_found');
    for (const id of ['7', 'a%00b', "x'--"]) {
      expectProblem(await catalogue.send(method, `${path}/${id}`, body), 400, 'invalid_request');
    }
    await expectNothingWritten();
  });
});

test('the OpenAPI document describes every route', async () => {
  const { body } = await catalogue.send('GET', '/openapi.json');
  const operations = Object.entries<Record<string, { tags: string[]; summary: string; responses: object }>>(
    body.paths,
  ).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${url}`, operation] as const),
  );
  const ours = operations.filter(([, { tags }]) => tags.includes('products'));
  expect(ours.map(([route]) => route).sort()).toEqual(
    [
      `get ${path}`,
      `post ${path}`,
      `get ${path}/{id}`,
      `put ${path}/{id}`,
      `delete ${path}/{id}`,
      `post ${path}/batch`,
    ].sort(),
  );
  for (const [route, { summary, responses }] of ours) {
    expect(summary, route).toBeTruthy();
    expect(Object.keys(responses), route).toEqual(expect.arrayContaining(['400', '500', '503']));
  }
  const batch = body.paths[`${path}/batch`].post.requestBody.content;
  expect(batch['application/json'].schema.properties.products.items.properties.price.multipleOf).toBe(0.0001);
  expect(batch['application/x-ndjson'].schema.properties.sku).toBeDefined();
});
