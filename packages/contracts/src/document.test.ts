import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DecodeError } from './decode-error.ts';
import { decodeDocument } from './document.ts';
import { type Order, orders } from './orders.ts';

const [example] = (orders.document as unknown as { examples: [Order] }).examples;

/** The code of the refusal with its problems, or 'taken'. */
const outcome = (value: Buffer | null, key: string | null = null): string => {
  try {
    decodeDocument(orders, { key, value });
    return 'taken';
  } catch (error) {
    return (error as DecodeError).message;
  }
};

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
// biome-ignore lint/suspicious/noExplicitAny: the change makes documents that no type allows.
const changed = (change: (order: any) => void): Buffer => {
  const order = structuredClone(example);
  change(order);
  return json(order);
};

test('gives the text exactly as it came, with unknown properties, spaces and the order of keys', () => {
  const text = `  ${JSON.stringify({ zebra: 1, ...example, extra: { a: [1.0] } }, null, 3)}\n`;
  expect(decodeDocument(orders, { key: Buffer.from(example.order_uid), value: Buffer.from(text) })).toEqual({
    text,
    document: JSON.parse(text),
  });
});

test.each([
  ['no value', null, 'empty_value: value: missing'],
  ['an empty value', Buffer.alloc(0), 'empty_value: value: missing'],
  ['broken JSON', Buffer.from('{"order_uid": "a"'), 'not_json: value: not JSON'],
  ['UTF-16', Buffer.from(JSON.stringify(example), 'utf16le'), 'not_json: value: not JSON'],
  [
    'Latin-1',
    Buffer.from(JSON.stringify({ ...example, locale: 'ä' }), 'latin1'),
    'not_json: value: not UTF-8',
  ],
  ['a byte order mark', Buffer.from(`\ufeff${JSON.stringify(example)}`), 'not_json: value: not JSON'],
  ['a list', json([example]), 'schema_violation: /: must be object'],
  ['10 MB', json({ ...example, note: 'x'.repeat(10_000_000) }), 'too_large: value: more than 1048576 bytes'],
  [
    'missing and mistyped fields, all named',
    changed((order) => {
      delete order.track_number;
      order.sm_id = '99';
      order.items[0].price = 1.5;
    }),
    'schema_violation: .*track_number; /items/0/price: must be integer; /sm_id: must be integer',
  ],
  ['negative money', changed((order) => (order.payment.amount = -1)), '/payment/amount: must be >= 0'],
  ['no items', changed((order) => (order.items = [])), '/items'],
  [
    'a duplicate item',
    changed((order) => order.items.push(order.items[0])),
    '/items: must not have duplicate',
  ],
  ['a currency in lower case', changed((order) => (order.payment.currency = 'usd')), '/payment/currency'],
  ['an empty name', changed((order) => (order.delivery.name = '')), '/delivery/name'],
  ['U+0000', changed((order) => (order.delivery.city = 'a\u0000')), '/delivery/city: must match pattern'],
  ['half a surrogate pair', changed((order) => (order.items[0].brand = '\ud83d')), '/items/0/brand'],
  ['a day that is not', changed((order) => (order.date_created = '2026-02-30T00:00:00Z')), '/date_created'],
  ['a number beyond exactness', changed((order) => (order.items[0].nm_id = 2 ** 53)), '/items/0/nm_id'],
  ['a uid with a space', changed((order) => (order.order_uid = 'a b')), '/order_uid: must match pattern'],
])('refuses %s with its reason', (_, value, reason) => {
  expect(outcome(value)).toMatch(new RegExp(reason));
});

test('refuses nesting that recursion could not follow, wherever it is', () => {
  const nested = `"x":${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const text = JSON.stringify(example);
  for (const deep of [`{${nested},${text.slice(1)}`, text.replace('"items":[{', `"items":[{${nested},`)]) {
    expect(deep).toContain(nested);
    expect(outcome(Buffer.from(deep))).toBe('schema_violation: /: is nested deeper than 64 levels');
  }
});

test('names a key that is given twice, and quotes nothing else', () => {
  const text = JSON.stringify(example);
  const twice = (from: string, to: string) => outcome(Buffer.from(text.replace(from, to)));
  expect(twice('{', '{"order_uid":"other",')).toBe('schema_violation: /order_uid: is given twice');
  expect(twice('"items":[{', '"items":[{"n":{"a/b":1,"a\\u002fb":2},')).toBe(
    'schema_violation: /items/0/n/a~1b: is given twice',
  );
});

test('keeps every digit of numbers that no double holds, and takes none of them for a field of the contract', () => {
  const text = JSON.stringify({ ...example, extra: 0 }).replace(
    '"extra":0',
    '"extra":[12345678901234567891,0.5,1e400]',
  );
  const { document } = decodeDocument(orders, { key: null, value: Buffer.from(text) });
  expect(JSON.stringify(document)).toBe(text);
  for (const number of ['12345678901234567891', '1.00000000000000000001', '1e400'])
    expect(
      outcome(Buffer.from(JSON.stringify(example).replace('"sm_id":99', `"sm_id":${number}`))),
    ).toContain('/sm_id: must be integer');
});

test('takes a missing key, and refuses one that is not the order’s', () => {
  expect(outcome(json(example), null)).toBe('taken');
  expect(outcome(json(example), example.order_uid)).toBe('taken');
  expect(outcome(json(example), 'other')).toBe('key_mismatch: /order_uid: is not the key of the message');
});

test('the reason quotes nothing of the document', () => {
  const order = changed((given) => (given.delivery.email = `${'secret'.repeat(100)}@example.com`));
  expect(outcome(order)).toContain('/delivery/email');
  expect(outcome(order)).not.toContain('secret');
});

test('takes exactly what the published JSON Schema accepts', () => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const accepts = ajv.compile(JSON.parse(JSON.stringify(orders.document)));
  const paths = leaves(example);
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.integer(), fc.constant(undefined));

  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), value), { maxLength: 3 }), (changes) => {
      const order = structuredClone(example);
      for (const [path, given] of changes) put(order, path, given);
      const text = json(order);
      expect(outcome(text) === 'taken').toBe(accepts(JSON.parse(text.toString())));
    }),
    { numRuns: 2_000 },
  );
});

const leaves = (node: unknown, path: string[] = []): string[][] =>
  typeof node === 'object' && node !== null
    ? [path, ...Object.entries(node).flatMap(([key, child]) => leaves(child, [...path, key]))].filter(
        (found) => found.length > 0,
      )
    : [path];

const put = (root: unknown, path: string[], value: unknown): void => {
  // biome-ignore lint/suspicious/noExplicitAny: an earlier change may have replaced what the path leads through.
  let node: any = root;
  for (const step of path.slice(0, -1)) node = node?.[step];
  if (typeof node === 'object' && node !== null) node[path.at(-1) as string] = value;
};
