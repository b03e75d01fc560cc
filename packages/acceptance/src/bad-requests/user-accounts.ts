import { type BadRequest, bad, invalid, unknownId } from './bad-request.ts';
import { badBodies, badPageNumbers, badPages } from './shared.ts';

const register = 'POST /api/v1/users';
const update = 'PUT /api/v1/users/$user';
const cart = 'PUT /api/v1/users/$user/cart';
const whole = { email: 'new@example.com', name: 'New Comer' };
const item = { product_id: '$product', quantity: 1 };

const badAccounts: BadRequest[] = [
  invalid('nothing', register, { json: {} }, ['email', 'name', 'first_name', 'last_name']),
  invalid('no name', register, { json: { email: whole.email } }, ['name', 'first_name', 'last_name']),
  invalid('half a name', register, { json: { email: whole.email, first_name: 'A' } }, ['name', 'last_name']),
  invalid('no e-mail', register, { json: { name: 'A' } }, ['email']),
  invalid(
    'wrong types',
    register,
    { json: { email: 5, name: [], first_name: {}, last_name: true, password: 12345678 } },
    ['email', 'name', 'first_name', 'last_name', 'password'],
  ),
  invalid('nulls', register, { json: { email: null, name: null } }, ['email', 'name']),
  invalid('unknown fields', register, { json: { ...whole, admin: true, 'a/b~c': 1 } }, ['admin', 'a~1b~0c']),
  ...['a', 'a@', '@b.c', 'a@b', 'a b@c.d', 'a@b..c', '', ' ', `${'a'.repeat(250)}@b.cd`].map((email) =>
    invalid(`the e-mail '${email.slice(0, 20)}'`, register, { json: { ...whole, email } }, ['email']),
  ),
  invalid('a blank name', register, { json: { ...whole, name: '  ' } }, ['name']),
  invalid('a long name', register, { json: { ...whole, name: 'x'.repeat(1_000) } }, ['name']),
  invalid('a short password', register, { json: { ...whole, password: 'short' } }, ['password']),
  invalid('a NUL', register, { json: { ...whole, name: 'a\u0000b' } }, ['name']),
  invalid('a NUL in a key', register, { json: { ...whole, 'a\u0000': 1 } }, ['']),
  invalid('half a surrogate pair', register, { text: '{"email":"a@b.cd","name":"\\ud800"}' }, ['name']),
  bad('a taken e-mail', register, { json: { ...whole, email: 'KNOWN@example.com' } }, 409, 'email_taken', [
    'email',
  ]),
  invalid('all at once', update, { json: { email: 'a', name: 1, password: 'x', cart: [] } }, [
    'email',
    'name',
    'password',
    'cart',
  ]),
  bad('a taken e-mail', update, { json: { email: 'Other@Example.com' } }, 409, 'email_taken', ['email']),
  bad(
    'another version',
    update,
    { json: { name: 'A' }, headers: { 'if-match': '"99"' } },
    412,
    'version_mismatch',
  ),
  invalid('no ETag', update, { json: { name: 'A' }, headers: { 'if-match': 'x' } }, ['if-match']),
  bad('nobody', `PUT /users/${unknownId}`, { json: { name: 'A' } }, 404, 'user_not_found'),
  bad('nobody', `GET /users/${unknownId}`, {}, 404, 'user_not_found'),
  bad('nobody', `DELETE /api/v1/users/${unknownId}`, {}, 404, 'user_not_found'),
  bad('another version', 'DELETE /users/$user', { headers: { 'if-match': '"99"' } }, 412, 'version_mismatch'),
  ...['1', 'urn:uuid:$user', "'; drop table users --", '%00', '%E2%98%83', '..%2f..%2fetc'].flatMap((id) =>
    ['GET', 'PUT', 'DELETE'].map((method) =>
      invalid(
        `the id ${id}`,
        `${method} /api/v1/users/${id.replaceAll(' ', '%20')}`,
        { ...(method === 'PUT' && { json: { name: 'A' } }) },
        ['id'],
      ),
    ),
  ),
  bad('an endless id', `GET /users/${'1'.repeat(500)}`, {}, 414, 'url_too_long'),
  bad('a wrong method', 'PATCH /api/v1/users/$user', { json: {} }, 405, 'method_not_allowed'),
  bad('a wrong method', 'DELETE /api/v1/users', {}, 405, 'method_not_allowed'),
];

const badCarts: BadRequest[] = [
  invalid('no items', cart, { json: {} }, ['items']),
  invalid('items that are none', cart, { json: { items: 'all' } }, ['items']),
  invalid('empty items', cart, { json: { items: [{}, null, [], 5] } }, [
    'items/0/product_id',
    'items/0/quantity',
    'items/1',
    'items/2',
    'items/3',
  ]),
  invalid(
    'odd quantities',
    cart,
    { json: { items: [0, -1, 1.5, '2', null, 1e9].map((quantity) => ({ ...item, quantity })) } },
    [0, 1, 2, 3, 4, 5].map((index) => `items/${index}/quantity`),
  ),
  invalid('an unknown field', cart, { json: { items: [{ ...item, price: 1 }], total: 1 } }, [
    'items/0/price',
    'total',
  ]),
  invalid('a product twice', cart, { json: { items: [item, item] } }, ['items/1/product_id']),
  invalid('too many', cart, { json: { items: Array(501).fill(item) } }, ['items']),
  bad('nobody', `PUT /api/v1/users/${unknownId}/cart`, { json: { items: [] } }, 404, 'user_not_found'),
];

/** What the user service refuses of accounts and carts. */
export const badForAccounts = [
  ...[register, 'POST /users/register', update, cart].flatMap(badBodies),
  ...badPages('/users'),
  ...badPageNumbers('/api/v1/users'),
  invalid('a long e-mail', `GET /users?email=${'x'.repeat(300)}`, {}, ['email']),
  invalid('a NUL', 'GET /users?email=%00', {}, ['email']),
  ...badAccounts,
  ...badCarts,
];
