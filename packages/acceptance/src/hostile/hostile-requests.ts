import { seededRandom } from '../random.ts';

/** A request that means harm. */
export interface HostileRequest {
  kind: string;
  method: 'POST' | 'PUT' | 'GET' | 'DELETE';
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  /** How the body is sent: at once, in pieces with pauses, or ended before its announced length. */
  pace: 'whole' | 'slow' | 'truncated';
}

/** The paths that bodies go to; of services without any that takes one, paths that refuse them. */
export const targets: Record<string, string[]> = {
  user: ['/api/v1/users', '/api/v1/events', '/api/v1/events/batch'],
  product: ['/api/v1/products', '/api/v1/orders', '/api/v1/products/batch', '/api/v1/orders/status'],
  recommendation: ['/api/v1/recommendations', '/live'],
  analytics: ['/api/v1/analytics/summary', '/nowhere'],
};

/** Endless requests to `paths`, the same for the same seed. One in 250 is as large as a body may be, or larger. */
export function* hostileRequests(paths: readonly string[], seed: number): Generator<HostileRequest, never> {
  const { whole, pick } = seededRandom(seed);
  const below = (count: number) => whole(0, count - 1);
  const kinds = Object.entries(bodies);
  for (;;) {
    const [kind, make] = pick(kinds);
    const size = below(250) === 0 ? 9_000_000 : 2 ** below(16);
    const body = make({ size, below });
    const pace = size < 100_000 ? pick(['whole', 'whole', 'whole', 'slow', 'truncated'] as const) : 'whole';
    const headers = { 'content-type': pick(contentTypes), ...pick(oddHeaders) };
    yield {
      kind,
      method: pick(['POST', 'POST', 'POST', 'POST', 'PUT', 'GET', 'DELETE']),
      path: pick(paths),
      headers,
      body,
      pace,
    };
  }
}

interface Dice {
  /** The bytes that the body should have, about. */
  size: number;
  below(count: number): number;
}

const repeated = (text: string, size: number): string => text.repeat(Math.ceil(size / text.length));
const bytes = (text: string): Buffer => Buffer.from(text);
const inBatch = (items: string): Buffer => bytes(`{"events":[${items}],"products":[${items}]}`);

/** Nobody's: what no refusal and no log line may repeat. */
export const person = {
  email: 'ada.lovelace@private.example',
  name: 'Ada Byron-Lovelace',
  password: 'notes on the engine 1843',
  phone: '+44 20 7946 0018',
};

/** What is written behind the fields of a person, so that most bodies are refused. */
const behind = [
  '',
  ',"version":1',
  ',"email":7',
  ',"cart":{}',
  ',"data":"{"',
  ',',
  '}',
  '\u0000',
  ',"type":"View"',
];

const bodies: Record<string, (dice: Dice) => Buffer> = {
  'a person, and something wrong': ({ below }) =>
    bytes(`${JSON.stringify(person).slice(0, -1)}${behind[below(behind.length)]}}`),
  'a person in the wrong fields': () =>
    bytes(
      JSON.stringify({ user_id: person.email, type: person.password, sku: person.phone, price: person.name }),
    ),
  'persons as items': ({ below }) =>
    inBatch(`${JSON.stringify({ ...person, id: person.phone, sku: { ...person } })}${',"'.repeat(below(2))}`),
  'nested arrays': ({ size }) => bytes('['.repeat(size)),
  'nested objects': ({ size }) => bytes(repeated('{"a":', size)),
  'closed nesting': ({ size }) => bytes(`${'['.repeat(size / 2)}${']'.repeat(size / 2)}`),
  'empty objects': ({ size }) => bytes(`{"events":[[${repeated('{},', size)}{}]]}`),
  'empty objects as products': ({ size }) => bytes(`{"products":[[${repeated('{},', size)}{}]]}`),
  'unknown keys': ({ size }) =>
    bytes(`{${Array.from({ length: size / 12 }, (_, n) => `"k${n}":${n}`).join()},"z":0}`),
  'equal keys': ({ size }) => bytes(`{${repeated('"a":1,', size)}"a":2}`),
  'keys equal when read': () => bytes('{"type":"view","t\\u0079pe":"like","user_id":1}'),
  'many small items': ({ size }) => inBatch(`${repeated('{"type":"view"},', size)}0`),
  'wrong scalars': ({ size }) => inBatch(`${repeated('null,1e5,"x",true,[],', size)}0`),
  'a long number': ({ size }) => bytes(`{"price":${'9'.repeat(size)}}`),
  'odd numbers': ({ below }) =>
    bytes(
      `{"name":"n","price":${['1e999', '-0', '1e-400', '9007199254740993', '01', '1.', '-', 'NaN'][below(8)]}}`,
    ),
  'a long text': ({ size }) => bytes(`{"name":"${'x'.repeat(size)}","email":"${'a@'.repeat(size / 2)}"}`),
  'many escapes': ({ size }) => bytes(`{"name":"${repeated('\\u0041', size)}"}`),
  'half a surrogate pair': () => bytes('{"name":"\\ud83d","data":{"\\udc00":"\\u0000"}}'),
  'JSON in a text': ({ size }) =>
    bytes(
      `{"user_id":"0198c1de-3b00-7000-8000-00000000dead","type":"view","data":"{\\"a\\":[${repeated('{},', size)}{}]}"}`,
    ),
  'lines of bombs': ({ size }) => bytes(repeated(`{"data":[${'{},'.repeat(200)}{}]}\n`, size)),
  'empty lines': ({ size }) => bytes(repeated('\n \r\n', size)),
  'Latin-1': ({ size }) => Buffer.from(`{"name":"${'\xe9'.repeat(size)}"}`, 'latin1'),
  'UTF-16': ({ size }) => Buffer.from(`\ufeff{"name":"${'x'.repeat(size)}"}`, 'utf16le'),
  'a byte order mark': ({ size }) => bytes(`\ufeff{"name":"${'x'.repeat(size)}"}`),
  'overlong UTF-8': () => Buffer.from('7b226e616d65223a22c0af22 7d'.replace(' ', ''), 'hex'),
  noise: ({ size, below }) => Buffer.from(Array.from({ length: Math.min(size, 4_096) }, () => below(256))),
  'JSON that ends early': ({ size }) => bytes(`{"events":[{"type":"view","data":{"a":"${'x'.repeat(size)}`),
  'a poisoned prototype': () => bytes('{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}'),
  nothing: () => Buffer.alloc(0),
};

const contentTypes = [
  ...Array<string>(12).fill('application/json'),
  ...Array<string>(4).fill('application/x-ndjson'),
  'application/json; charset=utf-16',
  'text/plain',
  'application/json;;;',
];

const oddHeaders: Record<string, string>[] = [
  ...Array<Record<string, string>>(12).fill({}),
  { 'content-encoding': 'gzip' },
  { expect: '100-continue' },
  { expect: '200-maybe' },
  { 'if-match': `"${'9'.repeat(90)}"` },
  { 'x-request-id': '\x7f'.repeat(200).replaceAll('\x7f', '<') },
];
