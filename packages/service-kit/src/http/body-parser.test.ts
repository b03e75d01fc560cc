import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { Type } from '@souk/contracts/typebox.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { createHealth } from '../service/health.ts';
import { testHttp } from '../testing/test-http.ts';
import type { Http } from './http.ts';

const megabyte = 1024 * 1024;
const health = createHealth('test', '1.0.0');
const metrics = createMetrics('test');
let http: Http;
let port: number;
/** Requests wait in their handler until this is called. */
let answer: () => void = () => undefined;
let waiting = 0;

beforeAll(async () => {
  http = await testHttp({
    metrics,
    health,
    bodyLimitBytes: megabyte,
  });
  const config = { access: 'anyone' as const };
  const schema = { hide: true, body: Type.Unknown() };
  http.post('/length', { config, schema }, async ({ body }) => ({ length: JSON.stringify(body).length }));
  http.post('/large', { config, schema, bodyLimit: 8 * megabyte }, async () => ({}));
  http.post('/wait', { config, schema, bodyLimit: 8 * megabyte }, async () => {
    waiting += 1;
    await new Promise<void>((resolve) => {
      const before = answer;
      answer = () => {
        before();
        resolve();
      };
    });
    waiting -= 1;
    return {};
  });
  health.started();
  await http.listen({ host: '127.0.0.1', port: 0 });
  port = (http.server.address() as AddressInfo).port;
});
afterAll(() => http.close());

interface Sent {
  status: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  code: string | undefined;
}

/** Sends all of the body before it looks at the answer, as most clients do. */
const post = async (path: string, body: string | Buffer): Promise<Sent> => {
  const sending = httpRequest({
    port,
    path,
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  sending.end(body);
  const [response] = await once(sending, 'response');
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, code: JSON.parse(text).code };
};

const untilRequestsWait = (count: number) => expect.poll(() => waiting).toBe(count);

test('12 clients that send 5 MB each see the 413, whole', async () => {
  const body = `"${'x'.repeat(5 * megabyte)}"`;
  const answers = await Promise.all(Array.from({ length: 12 }, () => post('/length', body)));
  expect(answers.map(({ status, code }) => `${status} ${code}`)).toEqual(
    Array(12).fill('413 body_too_large'),
  );
});

test('a body without a length is a 413 as soon as it is too long', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'POST /length HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  for (let sent = 0; sent < 40; sent++) socket.write(chunk);
  const [bytes] = await once(socket, 'data');
  expect(String(bytes)).toMatch(/^HTTP\/1.1 413 /);
  socket.destroy();
});

test('two of the largest bodies are in memory at once, a third is a 503 with Retry-After, small ones pass', async () => {
  const large = `"${'x'.repeat(8 * megabyte - 2)}"`;
  const two = [post('/wait', large), post('/wait', large)];
  await untilRequestsWait(2);
  const third = await post('/wait', large);
  expect(third).toMatchObject({
    status: 503,
    code: 'too_many_large_bodies',
    headers: { 'retry-after': '1' },
  });
  expect(await post('/length', `"${'x'.repeat(60_000)}"`)).toMatchObject({ status: 200 });
  answer();
  expect(await Promise.all(two)).toMatchObject([{ status: 200 }, { status: 200 }]);
  const again = post('/wait', large);
  await untilRequestsWait(1);
  answer();
  expect(await again).toMatchObject({ status: 200 });
});

test('a short body that becomes many values counts as a large one', async () => {
  const values = `[${'{},'.repeat(130_000)}{}]`;
  const two = [post('/wait', values), post('/wait', values)];
  await untilRequestsWait(2);
  expect(await post('/wait', values)).toMatchObject({ status: 503, code: 'too_many_large_bodies' });
  answer();
  await Promise.all(two);
});

test('a client that goes away in the middle of its body leaves its room to others', async () => {
  const large = `"${'x'.repeat(8 * megabyte - 2)}"`;
  for (let client = 0; client < 4; client++) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('POST /large HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n');
    socket.write(`Content-Length: ${large.length}\r\n\r\n`);
    await new Promise((sent) => socket.write(large.slice(0, 7 * megabyte), sent));
    socket.resetAndDestroy();
  }
  await expect.poll(() => post('/large', large)).toMatchObject({ status: 200 });
});

test('a client that goes away before its answer leaves its room to others, and is counted as 499', async () => {
  const large = `"${'x'.repeat(8 * megabyte - 2)}"`;
  for (let client = 1; client <= 2; client++) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('POST /wait HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n');
    socket.write(`Content-Length: ${large.length}\r\n\r\n${large}`);
    await untilRequestsWait(client);
    socket.resetAndDestroy();
  }
  await expect.poll(() => post('/large', large)).toMatchObject({ status: 200 });
  answer();
  const counted = await metrics.registry.metrics();
  expect(counted).toContain('http_requests_total{method="POST",route="/wait",status="499",service="test"} 2');
  expect(counted).toContain('http_requests_in_flight{service="test"} 0');
});

test.each([
  ['a text', '\ufeff"b"'],
  ['an object', '\ufeff{"a":1}'],
])('a byte order mark before %s is passed over', async (_name, body) => {
  expect(await post('/length', body)).toMatchObject({ status: 200 });
});

test('a body may come byte by byte', async () => {
  const body = JSON.stringify('é'.repeat(20_000));
  const response = await http.inject({
    method: 'POST',
    url: '/length',
    headers: { 'content-type': 'application/json' },
    payload: Readable.from(Array.from(Buffer.from(body), (byte) => Buffer.of(byte))),
  });
  expect(response.json()).toEqual({ length: body.length });
});
