import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { scopes } from '@souk/contracts/access.ts';
import { afterEach, expect, test } from 'vitest';
import type { AccessMode } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import { testHttp } from '../testing/test-http.ts';
import type { Http } from './http.ts';
import { listenForOperators } from './operators-port.ts';

let http: Http;
let operators: Server;
afterEach(async () => {
  operators.close();
  operators.closeAllConnections();
  http.server.closeAllConnections();
  await http.close();
});

/** Asks for a path on both ports of a service. */
const listen = async (mode: AccessMode) => {
  http = await testHttp({
    access: { mode, verifier: { verify: verifyOrReject } },
    operatorsPort: true,
    allowedHosts: [],
  });
  http.get('/things', { config: { access: 'anyone' }, schema: { hide: true } }, async () => ({}));
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  operators = await listenForOperators(http, { host: '127.0.0.1', port: 0 });
  const { port } = operators.address() as AddressInfo;
  const statusAt = async (base: string, path: string, init?: RequestInit) =>
    (await fetch(base + path, init)).status;
  return async (path: string, init?: RequestInit) => [
    await statusAt(url, path, init),
    await statusAt(`http://127.0.0.1:${port}`, path, init),
  ];
};

/** A token is the scope that it gives, with a dot for the colon. */
const verifyOrReject = async (token: string): Promise<Caller> => {
  const scope = scopes.find((name) => name.replace(':', '.') === token);
  if (!scope) throw new Error('no such token');
  return { subject: 'a-machine', roles: [], scopes: [scope], issuedAtMs: 0 };
};

const forOperators = ['/metrics', '/health', '/docs', '/docs/static/index.css', '/openapi.json'];

test('without a token, what is for operators is at their port alone where tokens are required', async () => {
  const ask = await listen('required');
  for (const path of forOperators) expect(await ask(path), path).toEqual([404, 200]);
});

test('whoever shows the right token reaches it at the own port of the service, too', async () => {
  const ask = await listen('required');
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  for (const path of forOperators) {
    expect(await ask(path, as('ops.read')), path).toEqual([200, 200]);
    expect(await ask(path, as('users.read')), path).toEqual([403, 200]);
    expect(await ask(path, as('whatever')), path).toEqual([401, 200]);
  }
});

test('probes are answered at both ports, the routes of the service at its own', async () => {
  const ask = await listen('required');
  for (const path of ['/live', '/ready']) expect(await ask(path), path).toEqual([200, 200]);
  expect(await ask('/things')).toEqual([200, 404]);
  expect(await ask('/nowhere')).toEqual([404, 404]);
});

test('where the service is open, its own port answers operators as well', async () => {
  const ask = await listen('open');
  for (const path of forOperators) expect(await ask(path), path).toEqual([200, 200]);
});

test('a web page reaches the port of the operators under no name of its own', async () => {
  await listen('required');
  const { port } = operators.address() as AddressInfo;
  const status = await new Promise((resolve) =>
    request({ port, path: '/metrics', headers: { host: 'evil.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).end(),
  );
  expect(status).toBe(421);
});

test('a port that is taken is named by its variable', async () => {
  await listen('required');
  const { port } = operators.address() as AddressInfo;
  await expect(listenForOperators(http, { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
    port,
    variable: 'OPERATOR_PORT',
  });
});
