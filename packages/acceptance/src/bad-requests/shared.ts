import { type BadRequest, bad, invalid, nested } from './bad-request.ts';

/** Bodies and content types that no route with a JSON object takes. */
export const badBodies = (route: string): BadRequest[] => [
  bad('no body', route, { text: '' }, 400, 'invalid_json'),
  bad('broken JSON', route, { text: '{"email":' }, 400, 'invalid_json'),
  bad('no JSON', route, { text: 'email=a@b.c' }, 400, 'invalid_json'),
  bad('two documents', route, { text: '{}{}' }, 400, 'invalid_json'),
  bad('JSON that is no UTF-8', route, { text: notUtf8 }, 400, 'invalid_json'),
  invalid('a key __proto__', route, { text: '{"__proto__":{"admin":true}}' }, ['__proto__']),
  invalid('a key __proto__ within', route, { text: '{"name":{"__proto__":1}}' }, ['name/__proto__']),
  invalid('a constructor', route, { text: '{"constructor":{"prototype":{}}}' }, ['constructor/prototype']),
  invalid('a key given twice', route, { text: '{"name":"a","n\\u0061me":"b"}' }, ['name']),
  invalid('too many values', route, { text: `[${'{},'.repeat(200_000)}{}]` }, ['']),
  invalid('null', route, { text: 'null' }, ['']),
  invalid('an array', route, { text: '[]' }, ['']),
  invalid('a number', route, { text: '5' }, ['']),
  invalid('a JSON text', route, { text: '"text"' }, ['']),
  invalid('a nesting too deep', route, { text: nested(5_000) }, ['']),
  ...otherTypes.map(([why, headers]) =>
    bad(why, route, { text: '{}', headers }, 415, 'unsupported_media_type'),
  ),
  bad('a huge body', route, { text: `"${'x'.repeat(1_100_000)}"` }, 413, 'body_too_large'),
];

const otherTypes: [why: string, headers: Record<string, string>][] = [
  ['plain text', { 'content-type': 'text/plain' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a strange type', { 'content-type': 'application/jsonx' }],
  ['a broken type', { 'content-type': ';;' }],
  ['a compressed body', { 'content-encoding': 'gzip' }],
  ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
];

export const notUtf8 = Buffer.from('{"name":"\xff"}', 'latin1');

/** Pages that no list has. */
export const badPages = (path: string): BadRequest[] => [
  ...[
    '0',
    '-1',
    '101',
    'ten',
    '1.5',
    '1e9',
    '',
    'NaN',
    '99999999999999999999',
    '%00',
    '0x10',
    '%205',
    '1.0',
  ].map((limit) => invalid(`the limit '${limit}'`, `GET ${path}?limit=${limit}`, {}, ['limit'])),
  invalid('two limits', `GET ${path}?limit=1&limit=2`, {}, ['limit']),
  ...['x', 'W10', 'e30', 'bnVsbA', '!!!', 'WyJ4Il0', `W1${'x'.repeat(900)}`].map((cursor) =>
    bad(`the cursor '${cursor.slice(0, 9)}'`, `GET ${path}?cursor=${cursor}`, {}, 400, 'invalid_cursor', [
      'cursor',
    ]),
  ),
  invalid('an endless cursor', `GET ${path}?cursor=${'x'.repeat(2_000)}`, {}, ['cursor']),
];

/** Page numbers that no list has. */
export const badPageNumbers = (path: string): BadRequest[] => [
  invalid('a page in binary', `GET ${path}?page=0b11`, {}, ['page']),
  invalid('a page of none', `GET ${path}?page=0`, {}, ['page']),
  invalid('a page far out', `GET ${path}?page=99999&limit=100`, {}, ['page']),
  invalid('a page and a cursor', `GET ${path}?page=1&cursor=W10`, {}, ['page']),
];
