import type { Answer } from '@souk/service-kit/testing/test-http.ts';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { testCatalogue, versionOf } from '../testing/test-catalogue.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeEach(() => catalogue.clear());

const path = '/api/v1/products/batch';
const send = (products: unknown) => catalogue.send('POST', path, { products });
const ndjson = { 'content-type': 'application/x-ndjson' };
const countsOf = ({ status, body }: Answer) => {
  expect(status, JSON.stringify(body)).toBe(207);
  const { created, updated, unchanged, rejected } = body;
  return { created, updated, unchanged, rejected: rejected.length };
};
const state = () => catalogue.db.sql`
  select id, sku, name, price_minor, stock, version, updated_at from products order by id`;

const shelf = (count: number, price = 1) =>
  Array.from({ length: count }, (_, n) => ({
    sku: `sku-${n}`,
    name: `Product ${n}`,
    price,
    category: 'Shelf',
  }));

describe('a batch', () => {
  test('creates what is not there, changes what is, and leaves alone what is the same', async () => {
    const [kept, changed] = [
      await catalogue.create({ sku: 'kept', name: 'Kept', price: 1 }),
      await catalogue.create({ sku: 'changed', name: 'Changed', price: 1, brand: 'B', stock: 3 }),
    ];
    const answer = await send([
      { sku: 'new', name: 'New', price: 2.5 },
      { sku: 'changed', price: 9.99 },
      { sku: 'kept', name: 'Kept', price: 1 },
      { name: 'Without a sku', price: 3 },
    ]);

    expect(answer.status).toBe(207);
    expect(countsOf(answer)).toEqual({ created: 2, updated: 1, unchanged: 1, rejected: 0 });
    const id = expect.any(String);
    expect(answer.body.items).toEqual([
      { index: 0, id, sku: 'new', status: 'created' },
      { index: 1, id: changed.id, sku: 'changed', status: 'updated' },
      { index: 2, id: kept.id, sku: 'kept', status: 'unchanged' },
      { index: 3, id, sku: null, status: 'created' },
    ]);
    const after = await catalogue.send('GET', `/products/${changed.id}`);
    expect(after.body).toMatchObject({ name: 'Changed', price: 9.99, brand: 'B', stock: 3, version: 2 });
    const events = (await catalogue.events()).slice(2);
    expect(events.map(({ type, key, data }) => [type, key, versionOf(data)])).toEqual([
      ['product.created.v1', answer.body.items[0].id, 1],
      ['product.updated.v1', changed.id, 2],
      ['product.created.v1', answer.body.items[3].id, 1],
    ]);
    expect(events[1]?.data).toMatchObject({ name: 'Changed', price_minor: 999, brand: 'B', stock: 3 });
  });

  test('of a thousand is one write, and sent again it changes nothing', async () => {
    const products = shelf(1_000);
    expect(countsOf(await send(products))).toEqual({ created: 1_000, updated: 0, unchanged: 0, rejected: 0 });
    const [before, events] = [await state(), await catalogue.events()];
    expect(events).toHaveLength(1_000);

    const again = await send(products);

    expect(countsOf(again)).toEqual({ created: 0, updated: 0, unchanged: 1_000, rejected: 0 });
    expect(await state()).toEqual(before);
    expect(await catalogue.events()).toEqual(events);
  });

  test('takes the good items and gives the reason for each other one', async () => {
    const answer = await send([
      { sku: 'a', name: 'A', price: 1 },
      { sku: 'b', name: 'B', price: 12.34567, colour: 'red' },
      'nonsense',
      null,
      { sku: 'c\u0000', name: 'C', price: 1 },
      { sku: 'a', name: 'A again', price: 2 },
      { sku: 'no-price', name: 'N' },
      { description: 'nothing else' },
      JSON.parse('{"name":"p","price":1,"__proto__":{"x":1}}'),
      { sku: 'b', name: 'B', price: 2 },
    ]);

    expect(answer.status).toBe(207);
    expect(answer.body.items).toMatchObject([
      { index: 0, sku: 'a', status: 'created' },
      { index: 9, sku: 'b', status: 'created' },
    ]);
    const fields = (errors: { field: string }[] = []) => errors.map(({ field }) => field).sort();
    expect(
      answer.body.rejected.map(({ index, code, errors }: { index: number; code: string; errors: [] }) => [
        index,
        code,
        fields(errors),
      ]),
    ).toEqual([
      [1, 'invalid_request', ['colour', 'price']],
      [2, 'invalid_request', ['']],
      [3, 'invalid_request', ['']],
      [4, 'invalid_request', ['sku']],
      [5, 'duplicate_sku', ['sku']],
      [6, 'invalid_request', ['price']],
      [7, 'invalid_request', ['name', 'price']],
      [8, 'invalid_request', ['__proto__']],
    ]);
    expect(await catalogue.events()).toHaveLength(2);
  });

  test('an item nested too deep is refused before anything is built: as JSON with its batch, as NDJSON alone', async () => {
    const deep = `{"brand":${'['.repeat(64)}${']'.repeat(64)}}`;
    const good = '{"name":"A","price":1}';
    const json = await catalogue.send('POST', path, `{"products":[${good},${deep}]}`);
    expect(json).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(json.body.errors).toEqual([{ field: '', message: 'is nested deeper than 64 levels' }]);
    const lines = await catalogue.send('POST', path, `${good}\n${deep}`, ndjson);
    expect(countsOf(lines)).toEqual({ created: 1, updated: 0, unchanged: 0, rejected: 1 });
  });

  test('may come as NDJSON, where a broken line spoils no other', async () => {
    const lines = [
      '{"sku":"a","name":"A","price":1}',
      '',
      '{"sku":',
      '"\xff"',
      '{"sku":"b","name":"B","price":2}\r',
      '',
    ];
    const answer = await catalogue.send('POST', path, Buffer.from(lines.join('\n'), 'latin1'), ndjson);
    expect(answer.body).toMatchObject({
      created: 2,
      items: [
        { index: 0, sku: 'a' },
        { index: 4, sku: 'b' },
      ],
      rejected: [
        { index: 2, code: 'invalid_json' },
        { index: 3, code: 'invalid_json' },
      ],
    });
  });

  test('of nothing does nothing', async () => {
    const nothing = { created: 0, updated: 0, unchanged: 0, items: [], rejected: [] };
    expect(await send([])).toMatchObject({ status: 207, body: nothing });
    expect(await catalogue.send('POST', path, '\n', ndjson)).toMatchObject({ status: 207, body: nothing });
  });

  test('may be up to 8 MiB', async () => {
    const body = JSON.stringify({ products: shelf(1_000) }).padEnd(8 * 1_048_576);
    expect(countsOf(await catalogue.send('POST', path, body))).toMatchObject({ created: 1_000 });
    const tooLarge = await catalogue.send('POST', path, `${body} `);
    expect(tooLarge).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  test.each([
    ['broken JSON', '{"products":[', 'application/json', 400, 'invalid_json'],
    ['an empty body', '', 'application/json', 400, 'invalid_json'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'application/json', 400, 'invalid_json'],
    ['no object', '[]', 'application/json', 400, 'invalid_request'],
    ['null', 'null', 'application/json', 400, 'invalid_request'],
    ['no products', '{}', 'application/json', 400, 'invalid_request'],
    ['products that are no array', '{"products":{}}', 'application/json', 400, 'invalid_request'],
    ['an unknown field', '{"products":[],"dry_run":true}', 'application/json', 400, 'invalid_request'],
    ['too many', JSON.stringify({ products: shelf(1_001) }), 'application/json', 400, 'invalid_request'],
    ['too many lines', '{}\n'.repeat(1_001), 'application/x-ndjson', 400, 'invalid_request'],
    ['CSV', 'sku,name', 'text/csv', 415, 'unsupported_media_type'],
  ])('of %s is refused as a whole', async (_, body, contentType, status, code) => {
    const answer = await catalogue.send('POST', path, body, { 'content-type': contentType });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status, body: { status, code } });
    expect(await catalogue.events()).toEqual([]);
  });
});

describe('batches at the same time', () => {
  test('that create the same skus in any order end as one product each', async () => {
    const products = shelf(200);
    const orders = [
      products,
      products.toReversed(),
      products.toSorted((a, b) => a.name.localeCompare(b.name)),
    ];
    const answers = await Promise.all([...orders, ...orders].map(send));

    const counts = answers.map(countsOf);
    expect(counts.map(({ rejected }) => rejected)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(counts.reduce((sum, { created }) => sum + created, 0)).toBe(200);
    expect(counts.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(1_000);
    expect(await catalogue.events()).toHaveLength(200);
    const ids = new Set(answers.flatMap(({ body }) => body.items.map(({ id }: { id: string }) => id)));
    expect(ids.size).toBe(200);
  });

  test('and single writes on the same skus lose no version, and number events in version order', async () => {
    const random = seeded(7);
    const pick = () => Math.floor(random() * 40);
    const batch = () =>
      send(
        Array.from({ length: 25 }, () => ({ sku: `sku-${pick()}`, name: 'P', price: pick(), stock: pick() })),
      );
    const single = async () => {
      const { body } = await catalogue.send('GET', `/products?sku=sku-${pick()}`);
      const [product] = body.items;
      if (!product) return;
      if (random() < 0.3) await catalogue.send('DELETE', `/products/${product.id}`);
      else await catalogue.send('PUT', `/products/${product.id}`, { price: pick(), sku: `sku-${pick()}` });
    };
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        for (let turn = 0; turn < 12; turn++) {
          if (worker % 2 === 0) expect((await batch()).status).toBe(207);
          else await single();
        }
      }),
    );

    const versions = new Map<string, unknown[]>();
    for (const { key, data } of await catalogue.events())
      versions.set(key, [...(versions.get(key) ?? []), versionOf(data)]);
    for (const [id, given] of versions) expect(given, id).toEqual(given.map((_, index) => index + 1));

    const last = new Map((await catalogue.events()).map((event) => [event.key, event]));
    const rows = await catalogue.send('GET', '/products?limit=100');
    const alive = [...last.values()].filter(({ type }) => type !== 'product.deleted.v1');
    expect(rows.body.total).toBe(alive.length);
    for (const product of rows.body.items)
      expect(last.get(product.id)?.data).toMatchObject({
        version: product.version,
        sku: product.sku,
        price_minor: Math.round(product.price * 100),
        stock: product.stock,
        updated_at: product.updated_at,
      });
  });
});

/** mulberry32: a small generator, so that a failure can be repeated. */
const seeded = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
