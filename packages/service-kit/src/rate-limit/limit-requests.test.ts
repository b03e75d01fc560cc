import { Type } from '@souk/contracts/typebox.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openKeyFile } from '../access/key-file.ts';
import { createTokenVerifier } from '../access/token-verifier.ts';
import { takeBatches } from '../http/batch-body.ts';
import type { Http } from '../http/http.ts';
import { buildHttp } from '../http/server.ts';
import { createLogger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { createHealth } from '../service/health.ts';
import { claimsOf, signToken, type TestKeys, testKeys } from '../testing/test-keys.ts';
import { createRateLimiter } from './rate-limiter.ts';

const log = createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
/** No test is so long that a token comes in. */
const perSecond = 0.001;
let keys: TestKeys;
let http: Http;
let metrics: Metrics;

beforeAll(async () => {
  keys = await testKeys();
});
afterAll(() => keys.remove());

beforeEach(async () => {
  const health = createHealth('test', '0.0.0');
  health.started();
  metrics = createMetrics('test');
  const verifier = createTokenVerifier(openKeyFile(keys.file, log), { issuer: 'souk', audience: 'souk' });
  http = await buildHttp({
    name: 'test',
    version: '0.0.0',
    description: '',
    log,
    metrics,
    health,
    access: { mode: 'required', verifier },
    trustProxy: '10.0.0.1',
    limits: {
      limiter: createRateLimiter(undefined, 'test:'),
      limits: {
        read: { perSecond, burst: 3 },
        write: { perSecond, burst: 2 },
        batch: { perSecond, burst: 10 },
        login: { perSecond, burst: 1 },
        machineTimes: 4,
      },
    },
    bodyLimitBytes: 10_000,
  });
  const anyone = {
    config: { access: 'anyone' as const, idempotent: false as const },
    schema: { hide: true },
  };
  http.get('/things', anyone, async () => ({}));
  http.post('/things', anyone, async () => ({}));
  const config = { ...anyone.config, limit: 'login' as const };
  http.post('/login', { ...anyone, config }, async () => ({}));
  http.get(
    '/secrets',
    { config: { access: { roles: ['admin'] } }, schema: { hide: true } },
    async () => ({}),
  );
  await http.register(async (scope) => {
    takeBatches(scope as Http, { field: 'items', itemsMax: 1_000 });
    scope.post('/batch', { ...anyone, schema: { hide: true, body: Type.Object({}) } }, async () => ({}));
  });
});
afterEach(() => http.close());

const send = async (url: string, from: Record<string, string> = {}, payload?: object) => {
  const method = payload ? 'POST' : 'GET';
  const answer = await http.inject({
    method,
    url,
    headers: from,
    remoteAddress: '10.0.0.1',
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body };
};
const statuses = async (count: number, ...request: Parameters<typeof send>) => {
  const answers: number[] = [];
  for (let sent = 0; sent < count; sent++) answers.push((await send(...request)).status);
  return answers;
};
const at = (address: string) => ({ 'x-forwarded-for': address });
const tokenOf = async (sub: string, rights: object) => ({
  authorization: `Bearer ${await signToken(keys.key, claimsOf({ sub, ...rights }))}`,
});

test('tells with every answer how much is left, and with a refusal when to come again', async () => {
  const first = await send('/things', at('192.0.2.1'));
  expect(first.headers).toMatchObject({
    'ratelimit-policy': '"read";q=3;w=3000',
    ratelimit: '"read";r=2;t=1000',
  });
  expect(await statuses(2, '/things', at('192.0.2.1'))).toEqual([200, 200]);
  const refused = await send('/things', at('192.0.2.1'));
  expect(refused).toMatchObject({
    status: 429,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  });
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'rate_limited' });
  expect(refused.headers.ratelimit).toMatch(/^"read";r=0;t=\d+$/);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(900);
  expect(await metrics.registry.metrics()).toMatch(
    /http_rate_limited_total\{class="read",service="test"\} 1\n/,
  );
});

test('counts addresses each by itself, and a /64 of IPv6 as one', async () => {
  expect(await statuses(4, '/things', at('192.0.2.1'))).toEqual([200, 200, 200, 429]);
  expect(await statuses(1, '/things', at('192.0.2.2'))).toEqual([200]);
  expect(await statuses(3, '/things', at('2001:db8:1:2::3'))).toEqual([200, 200, 200]);
  expect(await statuses(1, '/things', at('2001:db8:1:2::4'))).toEqual([429]);
  expect(await statuses(1, '/things', at('2001:db8:1:3::4'))).toEqual([200]);
});

test('counts a class by itself: reads, writes, and what gives tokens', async () => {
  expect(await statuses(4, '/things')).toEqual([200, 200, 200, 429]);
  expect(await statuses(3, '/things', {}, {})).toEqual([200, 200, 429]);
  expect(await statuses(2, '/login', {}, {})).toEqual([200, 429]);
});

test('counts the subject of a valid token wherever it comes from, and lets a machine do more', async () => {
  const ada = await tokenOf('ada', { roles: ['customer'] });
  const shop = await tokenOf('shop', { scope: 'events:write' });
  const answers = [1, 2, 3, 4].map((host) => send('/things', { ...ada, ...at(`192.0.2.${host}`) }));
  expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([200, 200, 200, 429]);
  const all = await statuses(13, '/things', { ...shop, ...at('192.0.2.1') });
  expect(all.filter((status) => status === 200)).toHaveLength(3 * 4);
  expect(await statuses(1, '/things', at('192.0.2.1'))).toEqual([200]);
});

test('takes guesses at tokens from the bucket of their address', async () => {
  const guess = { authorization: 'Bearer a.b.c', ...at('192.0.2.1') };
  expect(await statuses(4, '/secrets', guess)).toEqual([401, 401, 401, 429]);
  expect(await statuses(1, '/nowhere', at('192.0.2.1'))).toEqual([429]);
});

test('a batch costs a token for each item, whatever is wrong with it', async () => {
  const batch = (count: number) => ({ items: Array.from({ length: count }, () => 'no item') });
  expect((await send('/batch', {}, batch(7))).headers.ratelimit).toMatch(/^"batch";r=3;/);
  expect(await statuses(1, '/batch', {}, batch(5))).toEqual([429]);
  expect(await statuses(1, '/batch', {}, batch(2))).toEqual([200]);
});

test('probes and what is for operators are never limited', async () => {
  const operator = await tokenOf('operator', { roles: ['admin'] });
  for (const url of ['/live', '/ready', '/metrics'])
    expect(new Set(await statuses(10, url, operator)), url).toEqual(new Set([200]));
});
