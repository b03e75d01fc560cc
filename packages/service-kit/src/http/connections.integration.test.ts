import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHealth } from '../service/health.ts';
import { testHttp } from '../testing/test-http.ts';
import type { Http } from './http.ts';

const connectionsMax = 1_000;
let http: Http;
let port: number;

beforeAll(async () => {
  http = await testHttp({
    health: createHealth('test', '1.0.0'),
    connectionsMax,
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  port = (http.server.address() as AddressInfo).port;
});
afterAll(() => http.close());

/** What a client sends that never ends its request's head. */
const starts = ['', 'GET /live HTTP/1.1\r\n', 'POST /x HTTP/1.1\r\nHost: x\r\nX-'];

/** Opens connections and answers, once all are open, with the promises of their ends. */
const halfOpen = (count: number): Promise<Promise<unknown>[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const socket = connect(port, '127.0.0.1').resume();
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.on('error', () => undefined).write(starts[index % starts.length] as string);
      await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
      // In an array: a promise alone would be waited for.
      return [closed];
    }),
  ).then((opened) => opened.flat());

const openConnections = () =>
  new Promise<number>((resolve, reject) =>
    http.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

test('2,000 half-open connections: no more than the limit stay, those are ended too, and a client is served', async () => {
  const closed: Promise<unknown>[] = [];
  // In waves smaller than the queue of the listening socket: the kernel forgets what does not fit, and tells no client.
  for (let wave = 0; wave < 20; wave++) closed.push(...(await halfOpen(100)));
  await expect.poll(openConnections, { interval: 20 }).toBe(connectionsMax);
  await Promise.all(closed);
  expect((await fetch(`http://127.0.0.1:${port}/live`)).status).toBe(200);
});

test('a head that does not arrive is waited for 10 s', () => {
  expect(http.server.headersTimeout).toBe(10_000);
});
