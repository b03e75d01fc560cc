import { afterEach, describe, expect, test } from 'vitest';
import { testHttp } from '../testing/test-http.ts';
import type { Http } from './http.ts';
import type { HttpOptions } from './server.ts';

let http: Http;
afterEach(() => http.close());

const build = async (options: Partial<HttpOptions>): Promise<void> => {
  http = await testHttp({
    ...options,
  });
  const hidden = { config: { access: 'anyone' as const }, schema: { hide: true } };
  http.get('/things', hidden, async () => ({}));
  http.post('/things', hidden, async () => ({}));
};

const get = (headers: Record<string, string>, url = '/things') => http.inject({ url, headers });

describe('the names of a service', () => {
  test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '[::1]:8080', '172.18.0.5', 'souk.test:80'])(
    'it answers as %s',
    async (host) => {
      await build({ allowedHosts: ['Souk.test'] });
      expect((await get({ host })).statusCode).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'x@localhost',
  ])('it does not answer as %s, on any route', async (host) => {
    await build({ allowedHosts: [] });
    for (const url of ['/things', '/health', '/metrics', '/docs', '/nowhere'])
      expect(await get({ host }, url)).toMatchObject({
        statusCode: 421,
        headers: { 'content-type': 'application/problem+json; charset=utf-8' },
      });
    expect((await get({ host })).json().code).toBe('host_not_allowed');
  });

  test('it has any name where nobody says which', async () => {
    await build({});
    expect((await get({ host: 'shop.example.org' })).statusCode).toBe(200);
  });
});

describe('what a browser holds answers to', () => {
  const held = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };

  test.each(['/things', '/nowhere', '/openapi.json', '/metrics'])('%s', async (url) => {
    await build({});
    const { headers } = await get({}, url);
    expect(headers).toMatchObject(held);
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  test('the pages of the documentation run their own scripts alone', async () => {
    await build({});
    const { headers } = await get({}, '/docs/static/index.css');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
  });

  test('TLS alone from now on, once a trusted proxy says that there is TLS', async () => {
    await build({ trustProxy: '127.0.0.1' });
    const forwarded = { 'x-forwarded-proto': 'https' };
    expect((await get(forwarded)).headers['strict-transport-security']).toBe('max-age=31536000');
    const stranger = await http.inject({ url: '/things', headers: forwarded, remoteAddress: '192.0.2.1' });
    expect(stranger.headers).not.toHaveProperty('strict-transport-security');
  });
});

describe('pages of other origins', () => {
  const shop = 'https://shop.example.org';
  const preflight = (origin: string) =>
    http.inject({
      method: 'OPTIONS',
      url: '/things',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });

  test('read nothing by default', async () => {
    await build({});
    expect((await get({ origin: shop })).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await preflight(shop)).headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('read answers and problems when they are on the list', async () => {
    await build({ corsOrigins: [shop, 'http://localhost:5173'] });
    for (const url of ['/things', '/nowhere'])
      expect((await get({ origin: shop }, url)).headers).toMatchObject({
        'access-control-allow-origin': shop,
        'access-control-expose-headers': expect.stringContaining('retry-after'),
        vary: 'Origin',
      });
    expect(await preflight(shop)).toMatchObject({
      statusCode: 204,
      headers: {
        'access-control-allow-origin': shop,
        'access-control-allow-methods': expect.stringContaining('DELETE'),
        'access-control-allow-headers': expect.stringContaining('authorization'),
        'x-request-id': expect.any(String),
      },
    });
  });

  test.each([
    'https://evil.example',
    'https://shop.example.org.evil.example',
    'http://shop.example.org',
    'null',
  ])('of %s, which is not on the list, read nothing', async (origin) => {
    await build({ corsOrigins: [shop] });
    for (const { headers } of [await get({ origin }), await preflight(origin)]) {
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  test('change nothing for OPTIONS, methods and unknown paths', async () => {
    await build({ corsOrigins: [shop] });
    const options = await http.inject({ method: 'OPTIONS', url: '/things' });
    expect([options.statusCode, options.headers.allow]).toEqual([204, 'GET, HEAD, POST']);
    expect((await http.inject({ method: 'OPTIONS', url: '/nowhere' })).statusCode).toBe(404);
    expect((await http.inject({ method: 'DELETE', url: '/things' })).statusCode).toBe(405);
    expect((await get({ origin: shop }, '/nowhere')).statusCode).toBe(404);
  });
});
