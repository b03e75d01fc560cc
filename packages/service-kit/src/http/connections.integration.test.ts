import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createHealth } from '../service/health.ts';
import type { Http } from './http.ts';
import { buildHttp } from './server.ts';

const connectionsMax = 1_000;
let http: Http;
let port: number;

beforeAll(async () => {
  http = await buildHttp({
    name: 'test',
    version: '1.0.0',
    description: 'a test',
    log: createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false }),
    metrics: createMetrics('test'),
    health: createHealth('test', '1.0.0'),
    bodyLimitBytes: 10_000,
    connectionsMax,
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  port = (http.server.address() as AddressInfo).port;
});
afterAll(() => http.close());

/** What a client sends that never ends its request's head. */
const starts = ['', 'GET /live HTTP/1.1\r\n', 'POST /x HTTP/1.1\r\nHost: x\r\nX-'];

/** Resolves when the connection is closed. */
const halfOpen = (index: number): Promise<unknown> => {
  const socket = connect(port, '127.0.0.1');
  socket.write(starts[index % starts.length] as string);
  socket.resume().on('error', () => undefined);
  return new Promise((resolve) => socket.on('close', resolve));
};

const openConnections = () =>
  new Promise<number>((resolve, reject) =>
    http.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

test('1,500 half-open connections: no more than the limit stay, those are ended too, and a client is served', async () => {
  const closed = Array.from({ length: 1_500 }, (_, index) => halfOpen(index));
  await expect.poll(openConnections, { timeout: 20_000, interval: 20 }).toBe(connectionsMax);
  await Promise.all(closed);
  expect((await fetch(`http://127.0.0.1:${port}/live`)).status).toBe(200);
});

test('a head that does not arrive is waited for 10 s', () => {
  expect(http.server.headersTimeout).toBe(10_000);
});
