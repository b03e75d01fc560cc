import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { serviceNames } from '@souk/contracts/services.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { configSchema } from '../config.ts';
import { buildConsole } from './console.ts';

/** What a service was asked, as it came. */
const asked: string[] = [];
let origin: string;
let page: AssembledService;
const tokens = {
  access_token: 'revoked',
  refresh_token: 'refresh',
  expires_in: 600,
  user_id: 'ada',
  roles: ['admin'],
};
const service = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const refusal =
    request.headers.authorization === 'Bearer revoked' || request.url === '/api/v1/auth/refresh';
  if (request.url === '/api/v1/auth/login') return response.end(JSON.stringify(tokens));
  if (refusal) return response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
  if (!request.url?.startsWith('/api/v1/analytics/stream')) return response.end('{}');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  return response.write(': begins\n\n');
});

beforeAll(async () => {
  await once(service.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  page = await consoleWith({});
});
afterAll(async () => {
  service.closeAllConnections();
  await Promise.all([page?.stop(), new Promise((resolve) => service.close(resolve))]);
});

const consoleWith = async (env: Record<string, string>, url = origin) => {
  const urls = Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_URL`, url]));
  const common = { KAFKA_BROKERS: '127.0.0.1:1', LOG_LEVEL: 'silent', PORT: '0' };
  const service = await buildConsole(readEnv(configSchema, { ...urls, ...common, ...env }));
  await service.start();
  return service;
};
/** Logs in, and gives the cookie of the session. */
const logInTo = async ({ http }: AssembledService): Promise<{ cookie: string }> => {
  const { headers } = await http.inject({
    ...{ method: 'POST', url: '/api/session', headers: { 'sec-fetch-site': 'same-origin' } },
    payload: { email: 'ada@example.com', password: 'secret' },
  });
  return { cookie: String(headers['set-cookie']) };
};

/** The target stays as it is written: a client of HTTP would tidy it. */
const send = async (target: string): Promise<string> => {
  const { address, port } = page.http.server.address() as AddressInfo;
  const socket = connect(port, address);
  socket.write(`GET ${target} HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: close\r\n\r\n`);
  let answer = '';
  for await (const bytes of socket) answer += bytes;
  return answer;
};

test('asks a service for the path that is listed, with its parameters and its query', async () => {
  asked.length = 0;
  await send('/api/user/api/v1/users/a%2Fb?x=%20&y=..');
  expect(asked).toEqual(['GET /api/v1/users/a%2Fb?x=%20&y=..']);
});

test.for([
  '/api/user/api/v1/users/..\\api-keys',
  '/api/user/api/v1/users/..%2fapi-keys',
  '/api/product/api/v1/orders/%2e%2e/status',
  '/api/product/api/v1/orders/../status',
  'http://ab.evil.example/api/user/api/v1/users',
  '/%61pi/user/api/v1/users',
])('asks for nothing else, however the path is written: %s', async (target) => {
  asked.length = 0;
  await send(target);
  const listed = /^GET \/api\/v1\/(users(\/[^/\\?]+)?|orders\/(?!\.\.?\/)[^/\\?]+\/status)$/;
  for (const one of asked) expect(one).toMatch(listed);
});

test('a foreign page reads nothing, however it writes the path', async () => {
  const headers = { 'sec-fetch-site': 'cross-site' };
  const answer = await page.http.inject({ method: 'GET', url: '/%61pi/mesh', headers });
  expect(answer.json()).toMatchObject({ code: 'foreign_page' });
});

test('asks for the log-in as soon as a service has refused a token that was revoked', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const required = await consoleWith({ AUTH_MODE: 'required' });
  onTestFinished(async () => {
    vi.useRealTimers();
    await required.stop();
  });
  const headers = await logInTo(required);
  vi.setSystemTime(Date.now() + 60_000);
  const ask = () => required.http.inject({ method: 'GET', url: '/api/user/api/v1/users', headers });
  expect((await ask()).statusCode).toBe(401);
  expect((await ask()).json()).toMatchObject({ status: 401, code: 'login_required' });
});

test('says that the user service is down when no token can be renewed', async () => {
  const mortal = createServer((_, response) =>
    response.end(JSON.stringify({ ...tokens, access_token: 'good', expires_in: 1 })),
  );
  await once(mortal.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(mortal.address() as AddressInfo).port}`;
  const required = await consoleWith({ AUTH_MODE: 'required' }, url);
  onTestFinished(() => required.stop());
  const headers = await logInTo(required);
  mortal.closeAllConnections();
  await new Promise((resolve) => mortal.close(resolve));
  const answer = await required.http.inject({ method: 'GET', url: '/api/mesh', headers });
  expect(answer.json().services?.[0]).toMatchObject({ service: 'user', status: 'unreachable' });
});

test('a stream of a service does not hold a console that stops', async () => {
  const { address, port } = page.http.server.address() as AddressInfo;
  const answer = await fetch(`http://${address}:${port}/api/analytics/api/v1/analytics/stream`);
  const reader = answer.body?.getReader();
  await reader?.read();
  const ended = reader?.closed.catch(() => 'cut off');
  await page.stop();
  expect(await ended).not.toBeNull();
});
