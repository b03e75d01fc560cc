import { type BadRequest, bad, unknownId } from './bad-request.ts';
import { type Operation, requestLine, validBody, within } from './operation.ts';
import { accepts, type Schema } from './wrong-values.ts';

/** Answer somebody whom they do not know like a guest: their 404 is for what is another user's. */
const guestsToo = new Set(['recommendForUser']);

/** Ids that are none, that are too long and that nothing has. */
export const wrongPaths = (method: string, path: string, operation: Operation): BadRequest[] =>
  parametersIn('path', operation).flatMap(({ name, schema }) => {
    const line = (id: string) => requestLine(method, path.replace(`{${name}}`, id));
    const given = { json: validBody(operation) };
    const thing = /([\w-]+)s\/\{/.exec(path)?.[1]?.replaceAll('-', '_');
    return [
      ...oddSegments
        .filter((id) => !accepts(schema, decodeURIComponent(id)))
        .map((id) => within(name, `the ${name} ${id}`, line(id), given)),
      bad(`an endless ${name}`, line('1'.repeat(500)), given, 414, 'url_too_long'),
      ...(thing !== undefined && '404' in operation.responses && !guestsToo.has(operation.operationId)
        ? [
            bad(
              `an unknown ${name}`,
              line(accepts(schema, unknownId) ? unknownId : 'none'),
              given,
              404,
              `${thing}_not_found`,
            ),
          ]
        : []),
    ];
  });

/** Texts that a field does not take, a field twice, cursors that no list gave, and unknown fields. */
export const wrongQueries = (method: string, path: string, operation: Operation): BadRequest[] => {
  const query = parametersIn('query', operation);
  const wrong = (name: string, text: string) => {
    const others = query.filter((field) => field.required && field.name !== name);
    const given = [text, ...others.map((field) => `${field.name}=${unknownId}`)].join('&');
    return within(name, text.slice(0, 30), `${requestLine(method, path)}?${given}`);
  };
  const has = (name: string) => query.some((field) => field.name === name);
  return [
    ...query.flatMap(({ name, schema }) => [
      ...oddTexts
        .filter((text) => !acceptsText(schema, decodeURIComponent(text)))
        .map((text) => wrong(name, `${name}=${text}`)),
      ...(schema.type === 'array' ? [] : [wrong(name, `${name}=1&${name}=2`)]),
    ]),
    ...(has('cursor') ? oddCursors : []).map((cursor) => ({
      ...wrong('cursor', `cursor=${cursor}`),
      code: 'invalid_cursor',
    })),
    ...(has('page') ? [wrong('page', 'page=1&cursor=W10')] : []),
    ...(query.length > 0 ? ['unknown_field', '__proto__'] : []).map((name) => wrong(name, `${name}=1`)),
  ];
};

/** Texts that a header does not take. */
export const wrongHeaders = (method: string, path: string, operation: Operation): BadRequest[] =>
  parametersIn('header', operation).flatMap(({ name, schema }) =>
    ['x', '1, 2', '"'.repeat(101)]
      .filter((text) => !accepts(schema, text))
      .map((text) => {
        const given = { json: validBody(operation), headers: { [name]: text } };
        return within(name, `the ${name} ${text}`, requestLine(method, path), given);
      }),
  );

const parametersIn = (place: string, { parameters = [] }: Operation) =>
  parameters.filter((parameter) => parameter.in === place);

/** Whether a field of the query may have this text: integers are plain digits, commas separate the items of arrays. */
const acceptsText = (schema: Schema, text: string): boolean => {
  if (schema.type === 'integer') return /^-?\d+$/.test(text) && accepts(schema, Number(text));
  if (schema.type === 'number')
    return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && accepts(schema, Number(text));
  return accepts(schema, schema.type === 'array' ? text.split(',').filter(Boolean) : text);
};

const oddSegments = '1 x a%20b %00 %E2%98%83 %27;%20drop%20table%20users%20-- ..%2f..%2fetc'
  .split(' ')
  .concat(`urn:uuid:${unknownId}`);

const oddTexts = [
  ...['', ...'0 -1 101 ten 1.5 1e9 NaN %00 0x10 %205 1.0 UPPER today 2026-01-01'.split(' ')],
  ...['9'.repeat(20), 'x'.repeat(2_000), `urn:uuid:${unknownId}`],
  ...[`${unknownId},x`, Array(101).fill(unknownId).join(',')],
];

const oddCursors = ['x', 'W10', 'e30', 'bnVsbA', '!!!', 'WyJ4Il0', `W1${'x'.repeat(900)}`];
