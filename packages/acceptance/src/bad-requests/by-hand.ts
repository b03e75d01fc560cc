import { exampleOrder } from '@souk/contracts/orders.ts';
import type { ServiceName } from '@souk/contracts/services.ts';
import { type BadRequest, bad, invalid, nested, unknownId } from './bad-request.ts';

const register = 'POST /api/v1/users';
const record = 'POST /api/v1/events';
const cart = 'PUT /api/v1/users/$user/cart';
const item = { product_id: '$product', quantity: 1 };
const event = { user_id: '$user', type: 'view' };
const ndjson = { 'content-type': 'application/x-ndjson' };
const largeText = 'x'.repeat(70_000);
const cursorOfNames = 'WyJuYW1lIiwiYSIsImIiXQ';

const taken = (field: string, line: string, json: object): BadRequest =>
  bad(`a taken ${field}`, line, { json }, 409, `${field}_taken`, [field]);
const outdated = (line: string, json?: object, version = '"99"'): BadRequest =>
  bad(`the version ${version}`, line, { json, headers: { 'if-match': version } }, 412, 'version_mismatch');

const badAccounts: BadRequest[] = [
  invalid('nothing', 'POST /users/register', { json: {} }, 'email', 'name', 'first_name', 'last_name'),
  invalid('no name', register, { json: { email: 'a@b.cd' } }, 'name', 'first_name', 'last_name'),
  invalid('half a name', register, { json: { email: 'a@b.cd', first_name: 'A' } }, 'name', 'last_name'),
  taken('email', register, { email: 'KNOWN@example.com', name: 'New Comer' }),
  taken('email', 'PUT /users/$user', { email: 'Other@Example.com' }),
  outdated('PUT /users/$user', { name: 'A' }),
  outdated('DELETE /users/$user'),
  invalid('a product twice', cart, { json: { items: [item, item] } }, 'items/1/product_id'),
  invalid('a page far out', 'GET /users?page=99999&limit=100', {}, 'page'),
];

const oddTimes = ['2026-02-30T00:00:00Z', '1900-01-01T00:00:00Z', '2016-12-31T23:59:60Z'];
const oddData = [
  ...'no JSON|[]|null|5|{"a":"\\u0000"}|{"a":1e999}|{"a":1,"a":2}'.split('|'),
  ...[nested(100), `[${'{},'.repeat(200_000)}{}]`, `"${largeText}"`].map((value) => `{"a":${value}}`),
];

const badEvents: BadRequest[] = [
  invalid('a number beyond all', record, { text: '{"user_id":"$user","quantity":1e999}' }, 'quantity'),
  ...oddTimes.map((occurred_at) =>
    invalid(`the time ${occurred_at}`, record, { json: { ...event, occurred_at } }, 'occurred_at'),
  ),
  ...oddData.map((data) =>
    invalid(`the data ${data.slice(0, 15)}`, record, { json: { ...event, data } }, 'data'),
  ),
  invalid('data too large', record, { json: { ...event, data: { a: largeText } } }, 'data'),
  bad('nobody', record, { json: { ...event, user_id: unknownId } }, 404, 'user_not_found'),
  bad(
    'the id of another',
    record,
    { json: { ...event, id: '$event', type: 'like' } },
    409,
    'event_conflict',
    ['id'],
  ),
  invalid(
    'times beyond all',
    'GET /api/v1/events?from=1066-10-14T09:00:00Z&to=1969-12-31T23:59:59Z',
    {},
    'from',
    'to',
  ),
  invalid('a key twice', `${record}/batch`, { text: '{"events":[{},{"a":1,"a":2}]}' }, 'events/1/a'),
  invalid('too many lines', `${record}/batch`, { text: '{}\n'.repeat(1_001), headers: ndjson }, ''),
];

const badProducts: BadRequest[] = [
  invalid('too many decimals', 'POST /products', { json: { name: 'Lamp', price: 0.001 } }, 'price'),
  taken('sku', 'POST /products', { name: 'Lamp', price: 1, sku: 'known-1' }),
  taken('sku', 'PUT /products/$product', { sku: 'known-2' }),
  outdated('PUT /products/$product', { price: 2 }),
  outdated('PUT /products/$product', { price: 2 }, 'W/"1"'),
  outdated('DELETE /products/$product'),
  invalid('a page far out', 'GET /products?page=99999&limit=100', {}, 'page'),
  bad('a cursor of names', `GET /products?sort=price&cursor=${cursorOfNames}`, {}, 400, 'invalid_cursor', [
    'cursor',
  ]),
];

const { delivery } = exampleOrder;
const checkout = { user_id: '$user', cart_version: 1, delivery };

const badCheckouts: BadRequest[] = [
  bad('an empty cart', 'POST /api/v1/checkouts', { json: checkout }, 409, 'cart_empty'),
  bad(
    'a cart that has not come',
    'POST /api/v1/checkouts',
    { json: { ...checkout, cart_version: 99 } },
    409,
    'cart_not_here',
  ),
];

const wrongFilter = `limit=0&strategy=x&category=${'x'.repeat(300)}&exclude=a,${unknownId},b`;
const itsFields = ['limit', 'strategy', 'category', 'exclude/0', 'exclude/2'];

const analytics = 'GET /api/v1/analytics';
const wrongTop = 'metric=fame&window=x&limit=0&order=asc';

const badFigures: BadRequest[] = [
  invalid('all at once', `${analytics}/products/top?${wrongTop}`, {}, 'metric', 'window', 'limit', 'order'),
  ...['events', 'users/active', 'products/$product'].flatMap((series) => {
    const wrong = (query: string, ...fields: string[]) =>
      invalid('a wrong time range', `${analytics}/${series}?${query}`, {}, ...fields);
    return [
      wrong('from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from', 'to'),
      wrong('granularity=day&from=0001-01-02T00:00:00Z&to=9998-01-01T00:00:00Z', 'from', 'to'),
      wrong('to=9999-12-31T23:59:59Z', 'to'),
    ];
  }),
];

/** What each service refuses beyond what its document says. */
export const badByHand: Partial<Record<ServiceName, BadRequest[]>> = {
  user: [...badAccounts, ...badEvents],
  product: [...badProducts, ...badCheckouts],
  recommendation: [invalid('all at once', `GET /recommendations?${wrongFilter}`, {}, ...itsFields)],
  analytics: badFigures,
};
