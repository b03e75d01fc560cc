import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { Type } from '@souk/contracts/typebox.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Access } from '../access/access.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { Money, toMinor } from '../money.ts';
import { problem, problems } from '../problem.ts';
import { createHealth } from '../service/health.ts';
import type { Http } from './http.ts';
import { buildHttp } from './server.ts';

const Thing = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 50 }),
    quantity: Type.Optional(Type.Integer({ minimum: 1 })),
    price: Type.Optional(Money()),
    at: Type.Optional(Type.String({ format: 'date-time' })),
    note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    kind: Type.Optional(Type.Union([Type.Literal('new'), Type.Literal('used')])),
    items: Type.Optional(
      Type.Array(
        Type.Object({ id: Type.String({ format: 'uuid' }), quantity: Type.Integer({ minimum: 1 }) }),
      ),
    ),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);

const named = (operationId: string) => ({ operationId, tags: ['things'], summary: operationId });
const config = { access: 'anyone' as const };
const hidden = { config, schema: { hide: true } };

const lines: string[] = [];
const log = createLogger(
  'test',
  { LOG_LEVEL: 'debug', LOG_PRETTY: false },
  new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  }),
);
const metrics = createMetrics('test');
const health = createHealth('test', '1.2.3');
let http: Http;
let received: unknown;

const build = () =>
  buildHttp({
    name: 'test',
    version: '1.2.3',
    description: 'a test',
    log,
    metrics,
    health,
    bodyLimitBytes: 10_000,
    handlerTimeoutMs: 3_000,
    validateResponses: true,
  });

beforeAll(async () => {
  http = await build();
  http.post(
    '/api/v1/things',
    {
      config: { ...config, alsoAt: ['/things'] },
      schema: {
        ...named('createThing'),
        body: Thing,
        response: { 201: Type.Object({ cents: Type.Integer() }), ...problems(409) },
      },
    },
    async ({ body }, reply) => {
      received = body;
      return reply.code(201).send({ cents: toMinor(body.price ?? 0) });
    },
  );
  http.get(
    '/api/v1/things/:id',
    {
      config,
      schema: {
        ...named('getThing'),
        params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, default: 10 }) }),
        response: { 200: Type.Object({ id: Type.String(), limit: Type.Integer() }) },
      },
    },
    async ({ params, query }) => ({ id: params.id, limit: query.limit }),
  );
  http.delete('/api/v1/things/:id', hidden, async (_request, reply) => reply.code(204).send());
  http.put('/api/v1/endless', hidden, () => new Promise(() => undefined));
  http.get('/api/v1/secret', hidden, async () => {
    throw new Error('relation "accounts" of host db-7 does not exist');
  });
  http.get('/api/v1/conflict', hidden, async () => {
    throw problem(409, 'thing_taken', 'the thing is taken', { headers: { etag: '"7"' } });
  });
  http.get('/api/v1/unavailable', hidden, async () => {
    throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
  });
  http.get(
    '/api/v1/wrong',
    { config, schema: { ...named('getWrong'), response: { 200: Type.Object({ id: Type.String() }) } } },
    (async () => ({
      id: 7,
    })) as never,
  );
  await http.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => http.close());

const post = (body: string | object, headers: Record<string, string> = {}) =>
  http.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });

const expectProblem = (response: Awaited<ReturnType<typeof post>>, status: number, code: string) => {
  expect(response.statusCode, response.body).toBe(status);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const body = response.json();
  expect(body).toMatchObject({ type: `urn:problem-type:${code}`, status, code });
  expect(body.request_id).toBe(response.headers['x-request-id']);
  return body;
};

describe('before the service has started', () => {
  test('an API route answers 503 service_starting and the process is alive', async () => {
    health.waitFor('postgres at db:5432');
    const response = await post({ name: 'a' });
    expectProblem(response, 503, 'service_starting');
    expect(response.headers['retry-after']).toBe('1');
    expect((await http.inject('/live')).statusCode).toBe(200);
    expectProblem(await http.inject('/ready'), 503, 'not_ready');
    const report = await http.inject('/health');
    expect(report.statusCode).toBe(503);
    expect(report.json()).toMatchObject({ status: 'down', waiting_for: 'postgres at db:5432' });
    expect((await http.inject('/openapi.json')).statusCode).toBe(200);
    expect((await http.inject('/docs/')).statusCode).toBe(200);
    expectProblem(await http.inject('/nowhere'), 404, 'route_not_found');
  });
});

describe('once it has started', () => {
  beforeAll(() => health.started());

  test('a valid request is served, money to the cent', async () => {
    const response = await post({ name: 'a', price: 2.55 });
    expect(response.statusCode, response.body).toBe(201);
    expect(response.json()).toEqual({ cents: 255 });
  });

  test('every bad field of a body is named', async () => {
    const body = {
      quantity: '5',
      price: 12.345,
      note: 5,
      kind: 'old',
      color: 'red',
      items: [{ id: 'x', quantity: 0 }, { id: 'x' }],
    };
    const { errors, detail } = expectProblem(await post(body), 400, 'invalid_request');
    expect(detail).toBe('the body is not valid');
    expect(
      Object.fromEntries(errors.map((e: { field: string; message: string }) => [e.field, e.message])),
    ).toEqual({
      name: 'is required',
      quantity: 'must be integer',
      price: 'must have at most two decimals',
      note: 'must be string or null',
      kind: 'must be "new" or "used"',
      color: 'is not a known field',
      'items/0/id': 'must match format "uuid"',
      'items/0/quantity': 'must be >= 1',
      'items/1/quantity': 'is required',
      'items/1/id': 'must match format "uuid"',
    });
  });

  test('a query is converted, a wrong one is named', async () => {
    expect((await http.inject('/api/v1/things/7?limit=5')).json()).toEqual({ id: '7', limit: 5 });
    expect((await http.inject('/api/v1/things/7')).json()).toEqual({ id: '7', limit: 10 });
    for (const limit of [
      'x',
      '',
      '0',
      '1.5',
      '1.0',
      '1&limit=2',
      '0x10',
      '0b11',
      '0o7',
      '%205',
      '5%20',
      '1e1',
      '%2B5',
      '5%0A',
      '٣',
    ]) {
      const body = expectProblem(
        await http.inject(`/api/v1/things/7?limit=${limit}`),
        400,
        'invalid_request',
      );
      expect(body.errors[0].field).toBe('limit');
      expect(body.detail).toBe('the query is not valid');
    }
  });

  test.each([
    ['broken JSON', '{"name":', 'invalid_json'],
    ['an empty body', '', 'invalid_json'],
    ['a __proto__ key', '{"name":"a","data":{"__proto__":{"admin":true}}}', 'invalid_request'],
    ['a key given twice', '{"name":"a","data":{"x":1,"\\u0078":2}}', 'invalid_request'],
    [
      'a constructor.prototype key',
      '{"name":"a","data":{"constructor":{"prototype":{"a":1}}}}',
      'invalid_request',
    ],
    ['an array', '[]', 'invalid_request'],
    ['null', 'null', 'invalid_request'],
    ['a NUL in a text', '{"name":"a\\u0000b"}', 'invalid_request'],
    ['a NUL deep in free data', '{"name":"a","data":{"x":[{"y":"\\u0000"}]}}', 'invalid_request'],
    ['a NUL in a key of free data', '{"name":"a","data":{"\\u0000":1}}', 'invalid_request'],
    ['half a surrogate pair', '{"name":"a","data":{"x":"\\ud83d"}}', 'invalid_request'],
    ['a number beyond a double', '{"name":"a","data":{"x":1e999}}', 'invalid_request'],
    [
      'bottomless nesting',
      `{"name":"a","data":{"x":${'['.repeat(4000)}${']'.repeat(4000)}}}`,
      'invalid_request',
    ],
  ])('%s is a 400, and no route sees it', async (_name, body, code) => {
    received = undefined;
    expectProblem(await post(body), 400, code);
    expect(received).toBeUndefined();
  });

  test('bytes that are not UTF-8 are a 400', async () => {
    const payload = Buffer.from('{"name":"caf\xe9"}', 'latin1');
    const headers = { 'content-type': 'application/json' };
    const response = await http.inject({ method: 'POST', url: '/api/v1/things', headers, payload });
    expectProblem(response, 400, 'invalid_json');
  });

  test.each([
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a broken content type', { 'content-type': 'json' }],
    ['a compressed body', { 'content-encoding': 'gzip' }],
  ])('%s is a 415', async (_name, headers) => {
    expectProblem(await post('{"name":"a"}', headers), 415, 'unsupported_media_type');
  });

  test('a request without a body says that one is required', async () => {
    const response = await http.inject({ method: 'POST', url: '/api/v1/things' });
    expect(expectProblem(response, 400, 'invalid_request').errors).toEqual([
      { field: '', message: 'is required' },
    ]);
  });

  test('a DELETE with a content type and no body is fine', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await http.inject({ method: 'DELETE', url: '/api/v1/things/7', headers })).statusCode).toBe(204);
  });

  test('a body beyond the limit is a 413', async () => {
    expectProblem(await post({ name: 'a'.repeat(20_000) }), 413, 'body_too_large');
  });

  test('a content-length that is not the length is a 400', async () => {
    expectProblem(await post('{"name":"a"}', { 'content-length': '5' }), 400, 'invalid_content_length');
  });

  test.each([
    ['/api/v1/things/%ff', 400, 'invalid_url'],
    ['/api/v1/things/%', 400, 'invalid_url'],
    ['/api/v1/things/a%00b', 400, 'invalid_request'],
    ['/api/v1/things/7?limit=1&x=%00', 400, 'invalid_request'],
    [`/api/v1/things/${'a'.repeat(500)}`, 414, 'url_too_long'],
    [`/api/v1/things/${'a'.repeat(50)}`, 400, 'invalid_request'],
    ['/nowhere', 404, 'route_not_found'],
    ['//', 404, 'route_not_found'],
  ])('%s is %d %s', async (url, status, code) => {
    expectProblem(await http.inject(url), status, code);
  });

  test('a method that a path does not have is a 405 that says which it has', async () => {
    for (const [method, url, allow] of [
      ['PUT', '/api/v1/conflict', 'GET, HEAD'],
      ['POST', '/api/v1/things/7?x=1', 'GET, HEAD, DELETE'],
      ['GET', '/api/v1/things', 'POST'],
      ['HEAD', '/api/v1/things', 'POST'],
      ['DELETE', '/health', 'GET, HEAD'],
    ] as const) {
      const response = await http.inject({ method, url });
      expect(response.statusCode, url).toBe(405);
      expect(String(response.headers.allow).split(', ').sort()).toEqual(allow.split(', ').sort());
      if (method !== 'HEAD') expectProblem(response, 405, 'method_not_allowed');
    }
    expect(await raw('PROPFIND /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 405 [\s\S]*allow: (GET, HEAD|HEAD, GET)/i,
    );
  });

  test('a path with a slash at its end is the same path, by one name in metrics and documents', async () => {
    expect((await http.inject('/api/v1/things/7/?limit=2')).json()).toEqual({ id: '7', limit: 2 });
    expect((await http.inject({ method: 'POST', url: '/things/', payload: { name: 'a' } })).statusCode).toBe(
      201,
    );
    for (const url of ['/things/', '/api/v1/things/']) {
      const response = await http.inject(url);
      expectProblem(response, 405, 'method_not_allowed');
      expect(response.headers.allow).toBe('POST');
    }
    expectProblem(await http.inject('/nowhere/'), 404, 'route_not_found');
    expect((await http.inject('/openapi.json/')).statusCode).toBe(200);
    const { body } = await http.inject('/metrics');
    expect(body).toMatch(/http_requests_total\{method="GET",route="\/api\/v1\/things\/:id",status="200"/);
    expect(body).not.toMatch(/route="[^"]+\/"/);
    expect(Object.keys((await http.inject('/openapi.json')).json().paths).join(' ')).not.toMatch(/\/( |$)/);
  });

  test('OPTIONS says which methods a path has', async () => {
    const response = await http.inject({ method: 'OPTIONS', url: '/api/v1/things/7' });
    expect(response.statusCode).toBe(204);
    expect(String(response.headers.allow).split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD']);
    expectProblem(await http.inject({ method: 'OPTIONS', url: '/nowhere' }), 404, 'route_not_found');
  });

  test('HEAD answers as GET does, without a body', async () => {
    const response = await http.inject({ method: 'HEAD', url: '/api/v1/things/7' });
    expect([response.statusCode, response.body]).toEqual([200, '']);
  });

  test('HTTP/1.1 without a Host, and an expectation that nobody knows, get a problem', async () => {
    expect(await raw('GET /live HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"malformed_request"/,
    );
    expect(await raw('GET /live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    const expecting = (what: string) =>
      raw(
        `POST /api/v1/things HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 12\r\nExpect: ${what}\r\n\r\n{"name":"a"}`,
      );
    expect(await expecting('200-maybe')).toMatch(
      /^HTTP\/1\.1 417 [\s\S]*application\/problem\+json[\s\S]*"code":"expectation_failed"/,
    );
    expect(await expecting('100-Continue')).toMatch(/^HTTP\/1\.1 100 [\s\S]*HTTP\/1\.1 201 /);
  });

  test.each(['utf-16', 'ISO-8859-1', '"windows-1252"'])(
    'the charset %s is a 415 that names it',
    async (charset) => {
      const answer = await post('{"name":"a"}', { 'content-type': `application/json; charset=${charset}` });
      expect(expectProblem(answer, 415, 'unsupported_media_type').detail).toContain(
        charset.replaceAll('"', ''),
      );
    },
  );

  test.each(['utf-8', 'UTF8', '"utf-8"', 'us-ascii'])('the charset %s is taken', async (charset) => {
    const answer = await post('{"name":"a"}', { 'content-type': `application/json;Charset=${charset}` });
    expect(answer.statusCode).toBe(201);
  });

  test('a time is RFC 3339, with no white space in it', async () => {
    for (const [at, status] of [
      ['2026-01-01T00:00:00Z', 201],
      ['2026-01-01T00:00:00.123+02:00', 201],
      ['2026-01-01\n00:00:00Z', 400],
      ['2026-01-01 00:00:00Z', 400],
      ['2026-01-01T00:00:00Z\n', 400],
      ['2026-02-30T00:00:00Z', 400],
      ['2026-01-01T00:00:00', 400],
    ] as const)
      expect((await post({ name: 'a', at })).statusCode, at).toBe(status);
  });

  test('what is no HTTP at all still gets a problem', async () => {
    expect(await raw('GET / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"code":"malformed_request"/,
    );
    expect(await raw(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/,
    );
  });

  test("an error's inner message is in the log with the request's id, and not in the answer", async () => {
    const response = await http.inject({ url: '/api/v1/secret', headers: { 'x-request-id': 'abc-1' } });
    expect(expectProblem(response, 500, 'internal_error').request_id).toBe('abc-1');
    expect(response.body).not.toContain('accounts');
    const line = lines.map((text) => JSON.parse(text)).find(({ err }) => err?.message.includes('accounts'));
    expect(line).toMatchObject({ request_id: 'abc-1', level: 50, service: 'test' });
  });

  test('an id that is not sane is replaced', async () => {
    for (const id of ['', 'a'.repeat(200), 'a b', '<script>']) {
      const response = await http.inject({ url: '/live', headers: { 'x-request-id': id } });
      expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("a problem keeps its route's status, code and headers", async () => {
    const response = await http.inject('/api/v1/conflict');
    expect(expectProblem(response, 409, 'thing_taken')).toMatchObject({
      title: 'Thing taken',
      detail: 'the thing is taken',
    });
    expect(response.headers.etag).toBe('"7"');
  });

  test('a dependency that cannot be reached is a 503 with Retry-After', async () => {
    const response = await http.inject('/api/v1/unavailable');
    expectProblem(response, 503, 'dependency_unavailable');
    expect(response.headers['retry-after']).toBe('1');
    expect(response.body).not.toContain('10.0.0.7');
  });

  test('a route that does not answer in time is a 503, also when its request has a body', async () => {
    const body = { method: 'PUT', url: '/api/v1/endless', payload: { name: 'a' } } as const;
    const response = await http.inject(body);
    expectProblem(response, 503, 'dependency_unavailable');
    const { port } = http.server.address() as { port: number };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/endless`, {
      method: 'PUT',
      headers,
      body: '{}',
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('an answer that does not fit its schema is seen in tests', async () => {
    const body = expectProblem(await http.inject('/api/v1/wrong'), 500, 'response_mismatch');
    expect(body.detail).toContain('/id must be string');
  });

  test('requests are counted by route template, unknown ones under one label', async () => {
    await http.inject('/api/v1/things/11');
    await http.inject('/api/v1/things/12');
    await http.inject('/no/such/route');
    const text = (await http.inject('/metrics')).body;
    const counted =
      'http_requests_total{method="GET",route="/api/v1/things/:id",status="200",service="test"}';
    expect(text.includes(counted)).toBe(true);
    expect(text).toContain('http_requests_total{method="GET",route="unmatched",status="404",service="test"}');
    expect(text).toContain('http_requests_total{method="GET",route="unmatched",status="400",service="test"}');
    expect(text).toContain('http_request_duration_seconds_bucket');
    expect(text).toMatch(/http_requests_in_flight\{service="test"\} 1\n/);
    expect(text).toContain('nodejs_eventloop_lag_seconds{service="test"}');
    expect(text).not.toContain('/11');
    expect(text).not.toContain('such');
  });

  test('the OpenAPI document has every route with its problems', async () => {
    const document = (await http.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toEqual({
      title: 'test',
      version: '1.2.3',
      description: 'a test',
      license: { name: 'MIT', identifier: 'MIT' },
    });
    expect(document.servers).toEqual([{ url: '/', description: 'this service' }]);
    const { responses, requestBody } = document.paths['/api/v1/things'].post;
    expect(Object.keys(responses).sort()).toEqual([
      '201',
      '400',
      '409',
      '413',
      '415',
      '421',
      '429',
      '431',
      '500',
      '503',
    ]);
    expect(responses[409].content['application/problem+json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    });
    const [limit] = document.paths['/api/v1/things/{id}'].get.parameters;
    expect(limit).toMatchObject({ name: 'limit', required: false, schema: { default: 10 } });
    expect(requestBody.content['application/json'].schema.properties.price.multipleOf).toBe(0.01);
    expect(document.components.schemas.Problem.properties.code.type).toBe('string');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/live', '/ready', '/health', '/metrics']),
    );
    expect(document.paths['/openapi.json']).toBeUndefined();
  });

  test('the OpenAPI document says all that /health tells of a dependency', async () => {
    const { paths } = (await http.inject('/openapi.json')).json();
    const { properties } = paths['/health'].get.responses[200].content['application/json'].schema;
    expect(Object.keys(properties.dependencies.additionalProperties.properties).sort()).toEqual([
      'error',
      'lag',
      'latency_ms',
      'relay',
      'retrying',
      'sequence_faults',
      'status',
    ]);
  });

  test('a documented route without an id of its own, a tag or a summary cannot be added', async () => {
    const other = await build();
    const add = (schema: object) => () => other.get('/api/v1/other', { config, schema }, async () => null);
    for (const key of Object.keys(named('other'))) {
      const schema = { ...named('other'), [key]: undefined };
      expect(add(schema), key).toThrow('GET /api/v1/other: a route needs operationId, tags and summary');
    }
    expect(add(named('getHealth'))).toThrow('another route is getHealth');
    await other.close();
  });

  test('a route that does not say who may call it cannot be added', async () => {
    const other = await build();
    for (const schema of [{ hide: true }, named('other')]) {
      const undeclared = { schema, config: { alsoAt: ['/also'] } };
      expect(() => other.get('/api/v1/other', undeclared, async () => null)).toThrow(
        'GET /api/v1/other: a route needs config.access',
      );
    }
    await expect(
      other.register(async (scope) => void scope.get('/in-a-scope', async () => null)),
    ).rejects.toThrow('GET /in-a-scope: a route needs config.access');
    await other.close();
  });

  test('the OpenAPI document says who may call a route', async () => {
    const other = await build();
    const own = {
      by: 'params.id',
      notFound: () => problem(404, 'thing_not_found', 'no such thing'),
    } as const;
    const access = { roles: ['staff'], scope: 'users:read', own } satisfies Access;
    other.get('/api/v1/things/:id', { config: { access }, schema: named('getThing') }, async () => null);
    other.get('/api/v1/things', { config, schema: named('listThings') }, async () => null);
    await other.ready();
    const { paths, components } = (await other.inject('/openapi.json')).json();
    expect(components.securitySchemes.accessToken).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(paths['/api/v1/things/{id}'].get).toMatchObject({
      security: [{}, { accessToken: [] }],
      'x-souk-access': { roles: ['staff'], scope: 'users:read', customer: 'own, by params.id' },
    });
    expect(paths['/api/v1/things'].get).toMatchObject({ security: [], 'x-souk-access': { anyone: true } });
    await other.close();
  });

  test('a further path of a route does the same, and is documented where the route is', async () => {
    const answer = await http.inject({ method: 'POST', url: '/things', payload: { name: 'a', price: 2.55 } });
    expect(answer.json()).toEqual({ cents: 255 });
    const bad = await http.inject({ method: 'POST', url: '/things', payload: {} });
    expect(expectProblem(bad, 400, 'invalid_request').errors).toMatchObject([{ field: 'name' }]);
    const { paths } = (await http.inject('/openapi.json')).json();
    expect(paths['/things']).toBeUndefined();
    expect(paths['/api/v1/things'].post.description).toBe('Also at `/things`.');
  });

  test('the Swagger UI loads nothing from elsewhere', async () => {
    const page = await http.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
  });
});

const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = http.server.address() as { port: number };
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
