import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test as base, expect, onTestFinished } from 'vitest';
import { openLink } from './link.ts';

/** A server that answers what it gets, with a link before it. */
const echo = async () => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const link = await openLink((server.address() as { port: number }).port);
  const client = connect(link.port, '127.0.0.1');
  const errors: string[] = [];
  client.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
  await once(client, 'connect');
  onTestFinished(() => {
    client.destroy();
    link.close();
    server.close();
  });
  const ask = async (text: string) => {
    client.write(text);
    return `${(await once(client, 'data'))[0]}`;
  };
  return { link, client, ask, errors, accepted };
};
const closeOf = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
const test = base.extend('echo', echo);

test('bytes pass, in both directions', async ({ echo: { ask } }) => {
  expect(await ask('one')).toBe('one');
});

test('a delayed link holds bytes back in both directions', async ({ echo: { link, ask } }) => {
  link.delay(30);
  const sentAt = performance.now();
  expect(await ask('late')).toBe('late');
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(60);
});

test('a blocked link delivers when it is healed', async ({ echo: { link, client, ask } }) => {
  await ask('open');
  link.block();
  let answered = false;
  client.once('data', () => {
    answered = true;
  });
  const answer = ask('late');
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  link.heal();
  expect(await answer).toBe('late');
});

test('a reset reaches both sides, and a new connection passes', async ({
  echo: { link, client, ask, errors },
}) => {
  await ask('open');
  const closed = closeOf(client);
  link.reset();
  await closed;
  expect(errors).toEqual(['ECONNRESET']);
  const again = connect(link.port, '127.0.0.1');
  again.write('again');
  expect(`${(await once(again, 'data'))[0]}`).toBe('again');
  again.destroy();
});

test('a half-open connection ends at the server alone, and at the client when it is healed', async ({
  echo: { link, client, ask, accepted },
}) => {
  await ask('open');
  const serverEnded = closeOf(accepted[0] as Socket);
  link.halfOpen();
  await serverEnded;
  expect(client.destroyed).toBe(false);
  const closed = closeOf(client);
  link.heal();
  await closed;
});
