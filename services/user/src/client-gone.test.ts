import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { clientGone } from './client-gone.ts';

test.each([
  [
    'after',
    async (gone: () => AbortSignal, leave: () => Promise<void>) => {
      const signal = gone();
      expect(signal.aborted).toBe(false);
      await leave();
      return signal;
    },
  ],
  [
    'before',
    async (gone: () => AbortSignal, leave: () => Promise<void>) => {
      await leave();
      return gone();
    },
  ],
])('the signal is aborted when the client leaves %s it is asked for', async (_, signalOf) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }).end();
  client.on('error', () => undefined);
  const [, raw] = (await once(server, 'request')) as [unknown, ServerResponse];
  const leave = async () => {
    client.destroy();
    await once(raw, 'close');
  };
  const signal = await signalOf(clientGone({ raw }), leave);
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject({ code: 'client_gone' });
  server.close();
});
