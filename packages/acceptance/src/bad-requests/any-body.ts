import { type BadRequest, bad, invalid, nested } from './bad-request.ts';
import { within } from './operation.ts';

/** Bodies and content types that no operation with a JSON object takes, a batch neither. */
export const badBodies = (route: string): BadRequest[] => [
  bad('no body', route, { text: '' }, 400, 'invalid_json'),
  bad('broken JSON', route, { text: '{"email":' }, 400, 'invalid_json'),
  bad('no JSON', route, { text: 'email=a@b.c' }, 400, 'invalid_json'),
  bad('two documents', route, { text: '{}{}' }, 400, 'invalid_json'),
  bad('JSON that is no UTF-8', route, { text: notUtf8 }, 400, 'invalid_json'),
  invalid('a key __proto__', route, { text: '{"__proto__":{"admin":true}}' }, '__proto__'),
  within('name', 'a key __proto__ within', route, { text: '{"name":{"__proto__":1}}' }),
  within('constructor', 'a constructor', route, { text: '{"constructor":{"prototype":{}}}' }),
  invalid('a key given twice', route, { text: '{"name":"a","n\\u0061me":"b"}' }, 'name'),
  invalid('too many values', route, { text: `[${'{},'.repeat(200_000)}{}]` }, ''),
  within('', 'a NUL in a key', route, { json: { 'a\u0000': 1 } }),
  invalid('half a surrogate pair', route, { text: '{"name":"\\ud800"}' }, 'name'),
  invalid('a nesting too deep', route, { text: nested(5_000) }, ''),
  ...otherTypes.map(([why, headers]) =>
    bad(why, route, { text: '{}', headers }, 415, 'unsupported_media_type'),
  ),
  bad('a huge body', route, { text: hugeBody }, 413, 'body_too_large'),
];

const otherTypes: [why: string, headers: Record<string, string>][] = [
  ['plain text', { 'content-type': 'text/plain' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a strange type', { 'content-type': 'application/jsonx' }],
  ['a broken type', { 'content-type': ';;' }],
  ['a compressed body', { 'content-encoding': 'gzip' }],
  ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
];

/** More than a batch takes too. */
const hugeBody = 'x'.repeat(8_500_000);

const notUtf8 = Buffer.from('{"name":"\xff"}', 'latin1');
