import { roles, scopes } from '@souk/contracts/access.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Http } from '../http/http.ts';
import { buildHttp } from '../http/server.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { problem } from '../problem.ts';
import { createHealth } from '../service/health.ts';
import { claimsOf, forgedTokens, signToken, type TestKeys, testKeys } from '../testing/test-keys.ts';
import type { Access, AccessMode } from './access.ts';
import { requireOwner } from './enforce-access.ts';
import { openKeyFile } from './key-file.ts';
import { createTokenVerifier } from './token-verifier.ts';

const ada = '0198c1de-3b00-7000-8000-000000000001';
const bob = '0198c1de-3b00-7000-8000-000000000002';
const notFound = () => problem(404, 'thing_not_found', 'there is no such thing');
const readers = { roles: ['staff', 'admin'], scope: 'users:read' } as const;

const log = createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
let keys: TestKeys;
let open: Http;
let required: Http;

const build = async (mode: AccessMode): Promise<Http> => {
  const health = createHealth('test', '0.0.0');
  const rules = { issuer: 'souk', audience: 'souk' };
  const http = await buildHttp({
    name: 'test',
    version: '0.0.0',
    description: '',
    log,
    health,
    metrics: createMetrics('test'),
    access: { mode, verifier: createTokenVerifier(openKeyFile(keys.file, log), rules) },
    bodyLimitBytes: 10_000,
  });
  const add = (method: 'GET' | 'POST', url: string, access: Access, schema: object = {}) =>
    http.route({
      method,
      url,
      config: { access },
      schema: { hide: true, ...schema },
      handler: async (request) => {
        await requireOwner(request, () => ada);
        return { subject: request.caller?.subject };
      },
    });
  add('GET', '/public', 'anyone');
  add('GET', '/things', readers);
  add('GET', '/users/:id', { ...readers, own: { by: 'params.id', notFound } });
  add('GET', '/of-ada', { ...readers, own: { by: 'entity', notFound } });
  add('GET', '/events', { ...readers, own: { by: 'query.user_id', notFound } });
  add('GET', '/suggestions', {
    ...readers,
    own: { by: 'query.user_id', notFound },
    anyoneWithout: 'user_id',
  });
  const body = Type.Object({ user_id: Type.String() });
  add('POST', '/events', { roles: ['admin'], own: { by: 'body.user_id', notFound } }, { body });
  health.started();
  await http.ready();
  return http;
};

beforeAll(async () => {
  keys = await testKeys();
  [open, required] = await Promise.all([build('open'), build('required')]);
});
afterAll(async () => {
  await Promise.all([open?.close(), required?.close()]);
  keys?.remove();
});

const ask = (http: Http, url: string, token?: string, payload?: object) =>
  http.inject({
    method: payload ? 'POST' : 'GET',
    url,
    ...(payload ? { payload } : {}),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
const tokenOf = (different: object) => signToken(keys.key, claimsOf({ ...different }));
const statusOf = async (url: string, token?: string, payload?: object) =>
  (await ask(required, url, token, payload)).statusCode;

test('an open service takes a request without a token as the local operator’s, and holds one with a token to it', async () => {
  expect((await ask(open, '/things')).json()).toEqual({ subject: 'local-operator' });
  expect((await ask(open, '/things', await tokenOf({ roles: ['customer'] }))).statusCode).toBe(403);
  expect((await ask(open, '/things', 'nonsense')).statusCode).toBe(401);
});

test('a route for anyone looks at no token, also at none that expired', async () => {
  expect(await statusOf('/public')).toBe(200);
  expect(await statusOf('/public', await tokenOf({ exp: 1 }))).toBe(200);
  expect(await statusOf('/suggestions')).toBe(200);
  expect(await statusOf(`/suggestions?user_id=${ada}`)).toBe(401);
});

test('401 and 403 say how to do better', async () => {
  const missing = await ask(required, '/things');
  expect(missing.json()).toMatchObject({ status: 401, code: 'token_missing' });
  expect(missing.headers['www-authenticate']).toBe('Bearer realm="souk"');
  const invalid = await ask(required, '/things', 'a.b.c');
  expect(invalid.json()).toMatchObject({ status: 401, code: 'token_invalid' });
  expect(invalid.headers['www-authenticate']).toBe('Bearer realm="souk", error="invalid_token"');
  const forbidden = await ask(required, '/things', await tokenOf({ scope: 'ops:read' }));
  expect(forbidden.json()).toMatchObject({ status: 403, code: 'forbidden' });
  expect(forbidden.headers['www-authenticate']).toBe(
    'Bearer realm="souk", error="insufficient_scope", scope="users:read"',
  );
});

test('a role or a scope gives the rights of the routes that name it, and no others', async () => {
  const allowed = [];
  for (const role of roles)
    if ((await statusOf('/things', await tokenOf({ roles: [role] }))) === 200) allowed.push(role);
  for (const scope of scopes)
    if ((await statusOf('/things', await tokenOf({ scope }))) === 200) allowed.push(scope);
  expect(allowed).toEqual(['staff', 'admin', 'users:read']);
});

describe('a customer', () => {
  let token: string;
  beforeAll(async () => {
    token = await tokenOf({ sub: ada, roles: ['customer'] });
  });

  test.each([
    [`/users/${ada}`, 200],
    [`/users/${ada.toUpperCase()}`, 200],
    [`/users/${bob}`, 404],
    [`/events?user_id=${ada}`, 200],
    [`/events?user_id=${bob}`, 404],
    ['/events', 403],
    ['/of-ada', 200],
    [`/suggestions?user_id=${bob}`, 404],
    ['/things', 403],
    ['/metrics', 403],
  ])('gets of %s the status %i', async (url, status) => {
    expect(await statusOf(url, token)).toBe(status);
  });

  test('writes in their own name alone', async () => {
    expect(await statusOf('/events', token, { user_id: ada })).toBe(200);
    expect(await statusOf('/events', token, { user_id: bob })).toBe(404);
    expect(await statusOf('/events', token, {})).toBe(400);
  });

  test('hears of what is somebody else’s what they hear of what is not there', async () => {
    const other = await tokenOf({ sub: bob, roles: ['customer'] });
    expect((await ask(required, '/of-ada', other)).json()).toMatchObject({ code: 'thing_not_found' });
  });
});

describe('no right comes from a token', () => {
  const refused = async (token: string) => expect(await statusOf('/things', token)).toBe(401);
  const admin = (different: object = {}) => claimsOf({ roles: ['admin'], ...different });

  /** In seconds, when the test runs: the cases are listed long before. */
  const ahead = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

  test.each([
    ['that has expired', () => ({ exp: ahead(-10) })],
    ['for somebody else', () => ({ aud: 'another' })],
    ['of somebody else', () => ({ iss: 'another' })],
    ['from the future', () => ({ iat: ahead(60) })],
    ['older than an hour', () => ({ iat: ahead(-3_700) })],
    ['of nobody', () => ({ sub: undefined })],
    ['that never expires', () => ({ exp: undefined })],
    ['without a number', () => ({ jti: undefined })],
  ])('%s', async (_what, different) => {
    await refused(await signToken(keys.key, admin(different())));
  });

  test('that has become older than an hour since it was taken', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const token = await signToken(keys.key, admin({ iat: ahead(-3_590), exp: ahead(86_400) }));
      expect(await statusOf('/things', token)).toBe(200);
      vi.setSystemTime(Date.now() + 60_000);
      await refused(token);
    } finally {
      vi.useRealTimers();
    }
  });

  test('of another type, or by a key that is not in the file', async () => {
    await refused(await signToken(keys.key, admin(), { typ: 'JWT' }));
    const stranger = await keys.newKey();
    await refused(await signToken(stranger, admin()));
    await refused(await signToken(stranger, admin(), { kid: keys.key.kid }));
  });

  test('that is signed by no algorithm, or with the public key as a secret', async () => {
    for (const token of Object.values(await forgedTokens(keys.key, admin()))) await refused(token);
  });

  test('of 1,000 that differ from a good one in one character', async () => {
    const good = await signToken(keys.key, admin());
    expect(await statusOf('/things', good)).toBe(200);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    const statuses = new Map<number, number>();
    for (let count = 0; count < 1_000; count++) {
      const at = (count * 7) % good.length;
      const other = alphabet.replace(good[at] as string, '').charAt((count * 13) % (alphabet.length - 1));
      const status = await statusOf('/things', good.slice(0, at) + other + good.slice(at + 1));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    for (const other of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      if (!good.endsWith(other)) await refused(good.slice(0, -1) + other);
    expect([...statuses]).toEqual([[401, 1_000]]);
  });
});

test('keys are exchanged while requests come, without a 401 for a token of either', async () => {
  const [before, after] = [keys.key, await keys.newKey()];
  const old = await tokenOf({ roles: ['admin'] });
  expect(await statusOf('/things', old)).toBe(200);
  keys.publish([before, after]);
  const tokens = [old, await signToken(after, claimsOf({ roles: ['admin'] }))];
  for (const token of tokens) expect(await statusOf('/things', token)).toBe(200);
  keys.publish([after]);
  await expect.poll(() => statusOf('/things', old)).toBe(401);
  expect(await statusOf('/things', tokens[1])).toBe(200);
  keys.publish([before]);
});
