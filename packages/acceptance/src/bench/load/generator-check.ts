import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Loader, LoadResult } from './loader.ts';

const connections = 16;
const durationMs = 1_000;

/** What the load generator can do: its rate against a server of this process that does nothing but answer. */
export const generatorCheck = async (loader: Loader): Promise<LoadResult> => {
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const load = { origin, method: 'GET' as const, paths: ['/'], connections, durationMs };
  await loader.send(load);
  const result = await loader.send(load);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return result;
};
