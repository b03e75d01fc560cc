import { serviceNames } from '@souk/contracts/services.ts';
import { isConfigError } from '@souk/service-kit/config/config-error.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema } from '../config.ts';
import { buildConsole } from './console.ts';

const firstLoadMaxBytes = 150_000;
/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9';
const configOf = (env: Record<string, string> = {}) =>
  readEnv(configSchema, {
    ...Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_URL`, nowhere])),
    KAFKA_BROKERS: '127.0.0.1:1',
    LOG_LEVEL: 'silent',
    PORT: '0',
    ...env,
  });
const aChange = '/api/product/api/v1/orders/an-order/returns';
const ownPage = { 'sec-fetch-site': 'same-origin' };

describe('a console without a mesh', () => {
  let open: AssembledService;
  let required: AssembledService;
  beforeAll(async () => {
    open = await buildConsole(configOf());
    required = await buildConsole(configOf({ AUTH_MODE: 'required' }));
    await Promise.all([open.start(), required.start()]);
  });
  afterAll(() => Promise.all([open?.stop(), required?.stop()]));

  const inject = (
    service: AssembledService,
    method: 'GET' | 'POST' | 'DELETE' | 'PUT',
    url: string,
    more = {},
  ) => service.http.inject({ method, url, ...more });

  test('sends the whole page in less than 150 kB', async () => {
    const document = await inject(open, 'GET', '/now', { headers: { 'accept-encoding': 'gzip' } });
    const html = await inject(open, 'GET', '/now');
    const assets = [...html.body.matchAll(/\/assets\/[\w.-]+/g)].map(([path]) => path);
    expect(assets).toHaveLength(2);
    const sent = await Promise.all(
      assets.map((path) => inject(open, 'GET', path, { headers: { 'accept-encoding': 'br, gzip' } })),
    );
    for (const { statusCode, headers } of sent) {
      expect(statusCode).toBe(200);
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers['cache-control']).toContain('immutable');
    }
    const bytes = [document, ...sent].reduce((sum, { rawPayload }) => sum + rawPayload.length, 0);
    expect(bytes).toBeLessThan(firstLoadMaxBytes);
  });

  test('lets the page run nothing but its own script, and asks for it again only when it changed', async () => {
    const { headers } = await inject(open, 'GET', '/');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(headers['content-security-policy']).not.toContain('unsafe');
    const again = await inject(open, 'GET', '/', { headers: { 'if-none-match': headers.etag as string } });
    expect(again.statusCode).toBe(304);
  });

  test('says of every service that it cannot be reached', async () => {
    const { services } = (await inject(open, 'GET', '/api/mesh')).json();
    expect(services).toHaveLength(serviceNames.length);
    expect(services[0]).toMatchObject({
      status: 'unreachable',
      problem: expect.stringContaining('user cannot be reached'),
    });
  });

  test.for([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the same site', { 'sec-fetch-site': 'same-site' }],
    ['an address bar', { 'sec-fetch-site': 'none' }],
    ['a page of another origin', { origin: 'https://elsewhere.example' }],
    ['nobody knows where', {}],
  ] as const)('takes no change from %s', async ([, headers]) => {
    const sent = await inject(open, 'POST', aChange, { headers, payload: {} });
    expect(sent.statusCode).toBe(403);
    expect(sent.json()).toMatchObject({ code: 'foreign_page' });
  });

  test('takes a change from its own page', async () => {
    for (const headers of [ownPage, { origin: 'http://localhost', host: 'localhost' }]) {
      const sent = await inject(open, 'POST', aChange, { headers, payload: {} });
      expect(sent.json()).toMatchObject({ status: 502, code: 'service_unreachable', service: 'product' });
    }
  });

  test('is not read by the page of another site', async () => {
    const read = await inject(open, 'GET', '/api/mesh', { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(read.json()).toMatchObject({ code: 'foreign_page' });
  });

  test('sends on nothing that gives tokens, and nothing that no document names', async () => {
    for (const path of ['auth/login', 'auth/refresh', 'auth/token', 'api-keys', 'nothing']) {
      const sent = await inject(open, 'POST', `/api/user/api/v1/${path}`, { headers: ownPage, payload: {} });
      expect(sent.statusCode, path).toBeGreaterThanOrEqual(404);
      expect(sent.statusCode, path).toBeLessThan(406);
    }
    // A browser and a fetch read this as /api/v1/metrics.
    const up = '/api/product/api/v1/orders/%2e%2e/status';
    expect((await inject(open, 'GET', up)).json()).toMatchObject({ code: 'route_not_found' });
  });

  test('answers nothing but the page and its state before the log-in, where one is required', async () => {
    for (const url of ['/', '/now', '/orders', '/api/session', '/live'])
      expect((await inject(required, 'GET', url)).statusCode, url).toBe(200);
    for (const url of [
      '/api/mesh',
      '/api/user/api/v1/users',
      '/metrics',
      '/health',
      '/openapi.json',
      '/docs',
      '/docs/',
      '/docs/json',
      '/docs/yaml',
      '/docs/static/index.html',
      '/docs/static/swagger-initializer.js',
    ])
      expect((await inject(required, 'GET', url)).json(), url).toMatchObject({ code: 'login_required' });
    const forged = { cookie: `souk_console=${'a'.repeat(43)}` };
    expect((await inject(required, 'GET', '/api/mesh', { headers: forged })).statusCode).toBe(401);
  });

  test('answers under no name but its own', async () => {
    const answer = await inject(open, 'GET', '/api/mesh', { headers: { host: 'evil.example' } });
    expect(answer.json()).toMatchObject({ code: 'host_not_allowed' });
  });
});

test('does not start open where others reach it', async () => {
  const refused = await buildConsole(configOf({ HOST: '0.0.0.0' })).catch((error) => error);
  expect(isConfigError(refused)).toBe(true);
  expect(refused.problems).toEqual([expect.stringContaining('AUTH_MODE must be required')]);
});
