import { type BadRequest, bad, invalid, unknownId } from './bad-request.ts';
import { badBodies, badPageNumbers, badPages } from './shared.ts';

const create = 'POST /api/v1/products';
const update = 'PUT /products/$product';
const batch = 'POST /api/v1/products/batch';
const whole = { name: 'Lamp', price: 1 };

export const badForProduct: BadRequest[] = [
  ...[create, update].flatMap(badBodies),
  ...badPages('/products'),
  ...badPageNumbers('/api/v1/products'),
  invalid('nothing', create, { json: {} }, ['name', 'price']),
  invalid(
    'wrong types',
    create,
    {
      json: {
        name: 1,
        price: '1',
        sku: 2,
        description: 3,
        brand: 4,
        category: 5,
        currency: 6,
        stock: '7',
        x: 8,
      },
    },
    ['name', 'price', 'sku', 'description', 'brand', 'category', 'currency', 'stock', 'x'],
  ),
  invalid('nulls', create, { json: { name: null, price: null, currency: null } }, [
    'name',
    'price',
    'currency',
  ]),
  ...[-1, 0.001, 1e300, 1e12].map((price) =>
    invalid(`the price ${price}`, create, { json: { ...whole, price } }, ['price']),
  ),
  ...[-1, 0.5, 1e10].map((stock) =>
    invalid(`the stock ${stock}`, create, { json: { ...whole, stock } }, ['stock']),
  ),
  ...['', ' ', 'x'.repeat(501), 'a\u0000'].map((name) =>
    invalid(`the name '${name.slice(0, 9)}'`, create, { json: { ...whole, name } }, ['name']),
  ),
  ...['', ' x', 'x ', 'x'.repeat(101)].map((sku) =>
    invalid(`the sku '${sku.slice(0, 9)}'`, create, { json: { ...whole, sku } }, ['sku']),
  ),
  ...['usd', 'US', 'DOLLAR', ''].map((currency) =>
    invalid(`the currency '${currency}'`, create, { json: { ...whole, currency } }, ['currency']),
  ),
  bad('a taken sku', create, { json: { ...whole, sku: 'known-1' } }, 409, 'sku_taken', ['sku']),
  invalid('all at once', update, { json: { name: '', price: -1, stock: 1.5, version: 9 } }, [
    'name',
    'price',
    'stock',
    'version',
  ]),
  bad('a taken sku', update, { json: { sku: 'known-2' } }, 409, 'sku_taken', ['sku']),
  bad(
    'another version',
    update,
    { json: { price: 2 }, headers: { 'if-match': '"99"' } },
    412,
    'version_mismatch',
  ),
  bad(
    'a weak ETag',
    update,
    { json: { price: 2 }, headers: { 'if-match': 'W/"1"' } },
    412,
    'version_mismatch',
  ),
  invalid('no ETag', update, { json: { price: 2 }, headers: { 'if-match': '1, 2' } }, ['if-match']),
  bad(
    'another version',
    'DELETE /products/$product',
    { headers: { 'if-match': '"99"' } },
    412,
    'version_mismatch',
  ),
  ...['GET', 'PUT', 'DELETE'].flatMap((method) => [
    bad(
      'no such product',
      `${method} /products/${unknownId}`,
      method === 'PUT' ? { json: {} } : {},
      404,
      'product_not_found',
    ),
    invalid('no id', `${method} /api/v1/products/lamp`, method === 'PUT' ? { json: {} } : {}, ['id']),
    invalid('a NUL', `${method} /products/%00`, method === 'PUT' ? { json: {} } : {}, ['id']),
    invalid('a URN', `${method} /products/urn:uuid:${unknownId}`, method === 'PUT' ? { json: {} } : {}, [
      'id',
    ]),
  ]),
  bad('a wrong method', 'PATCH /products/$product', { json: {} }, 405, 'method_not_allowed'),
  invalid(
    'all at once',
    `GET /products?limit=0&page=x&sort=age&q=${'x'.repeat(300)}&category=${'x'.repeat(300)}`,
    {},
    ['limit', 'page', 'sort', 'q', 'category'],
  ),
  invalid('two searches', 'GET /products?q=a&q=b', {}, ['q']),
  invalid('a NUL', 'GET /products?q=%00', {}, ['q']),
  bad(
    'the cursor of another sort',
    'GET /products?sort=price&cursor=WyJuYW1lIiwiYSIsImIiXQ',
    {},
    400,
    'invalid_cursor',
    ['cursor'],
  ),
  bad('no body', batch, { text: '' }, 400, 'invalid_json'),
  bad('broken JSON', batch, { text: '{' }, 400, 'invalid_json'),
  invalid('nothing', batch, { json: {} }, ['products']),
  invalid('products that are none', batch, { json: { products: 'all', dry: 1 } }, ['dry']),
  invalid('too many', batch, { json: { products: Array(1_001).fill(whole) } }, ['products']),
  bad(
    'a form',
    batch,
    { text: 'a=b', headers: { 'content-type': 'text/csv' } },
    415,
    'unsupported_media_type',
  ),
  bad('a huge body', batch, { text: 'x'.repeat(8_500_000) }, 413, 'body_too_large'),
];
