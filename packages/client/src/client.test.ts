import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSoukClient } from './client.ts';
import { dataOf, isRefused } from './refusal.ts';
import { createRetryingFetch } from './retrying-fetch.ts';

interface Reply {
  status: number;
  body: unknown;
}

const replies: Reply[] = [];
const seen: string[] = [];
const tokens: (string | undefined)[] = [];
const keys: unknown[] = [];
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`);
  tokens.push(request.headers.authorization);
  keys.push(request.headers['idempotency-key']);
  const { status, body } = replies.shift() ?? { status: 500, body: {} };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
let url: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const clientOf = (retryForMs = 0) => {
  const urls = { user: url, product: url, recommendation: url, analytics: url };
  return createSoukClient({ urls, fetch: createRetryingFetch({ retryForMs }) });
};
const ask = (client = clientOf()) =>
  client.user.GET('/api/v1/users/{id}', { params: { path: { id: 'a b' } } });

test('a path is filled in, and the data of an answer is given', async () => {
  replies.push({ status: 200, body: { id: 'a b', name: 'Ada' } });
  expect(dataOf(await ask()).name).toBe('Ada');
  expect(seen.at(-1)).toBe('GET /api/v1/users/a%20b');
});

test('an access token goes with every request, where there is one', async () => {
  const urls = { user: url, product: url, recommendation: url, analytics: url };
  for (const client of [createSoukClient({ urls, token: 'a.b.c' }), clientOf()]) {
    replies.push({ status: 200, body: {} });
    await ask(client);
  }
  expect(tokens.slice(-2)).toEqual(['Bearer a.b.c', undefined]);
});

test('a refusal is an error with the status, the problem and a message for people', async () => {
  const problem = { code: 'user_not_found', detail: 'there is no user with this id' };
  replies.push({ status: 404, body: problem });
  const error = await ask()
    .then(dataOf)
    .catch((refusal: unknown) => refusal);
  if (!isRefused(error)) throw error;
  expect(error).toMatchObject({ status: 404, problem });
  expect(error.message).toBe(`${url}/api/v1/users/a%20b answered 404: there is no user with this id`);
});

test('a transient failure is tried again within its time, and is an error after it', async () => {
  replies.push(
    { status: 503, body: { detail: 'the service is starting' } },
    { status: 200, body: { name: 'Ada' } },
  );
  expect(dataOf(await ask(clientOf(30_000))).name).toBe('Ada');
  replies.push({ status: 503, body: { detail: 'the service is starting' } });
  await expect(ask()).rejects.toThrow(`no usable answer from ${url}: status 503: the service is starting`);
});

test('a POST has one Idempotency-Key for all its tries, also while another try is being answered', async () => {
  const post = () =>
    clientOf(30_000).user.POST('/api/v1/users', { body: { email: 'a@b.c', name: 'Ada' } as never });
  const failures = [
    { status: 503, body: {} },
    { status: 409, body: { code: 'idempotency_in_flight' } },
  ];
  replies.push(
    ...failures,
    { status: 201, body: { name: 'Ada' } },
    { status: 409, body: { code: 'email_taken' } },
  );

  expect(dataOf(await post()).name).toBe('Ada');
  expect((await post()).response.status).toBe(409);

  const [first, again, last, other] = keys.slice(-4);
  expect(first).toMatch(/^"[0-9a-f-]{36}"$/);
  expect([again, last]).toEqual([first, first]);
  expect(other).not.toBe(first);
});

test('a request that reads has no Idempotency-Key', async () => {
  replies.push({ status: 200, body: {} });
  await ask();
  expect(keys.at(-1)).toBeUndefined();
});
