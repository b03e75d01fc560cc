import { once } from 'node:events';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { createSessions } from '../sessions.ts';
import { createStreams, streamsMax } from './streams.ts';

const sessions = () => createSessions(() => Promise.reject(new Error('not asked')));

test('a client that goes before its stream begins takes no place for good', async () => {
  const http = fastify();
  const streams = createStreams(http as never, sessions());
  const aborted: boolean[] = [];
  http.decorateRequest('session', undefined);
  http.get('/gone', async (request, reply) => {
    request.raw.socket.destroy();
    await once(reply.raw, 'close');
    const [body, signal] = streams.open(request as never, reply as never, 'text/plain');
    aborted.push(signal.aborted);
    return reply.send(body.end());
  });
  http.get('/stays', async (request, reply) => {
    const [body] = streams.open(request as never, reply as never, 'text/plain');
    return reply.send(body.end('all'));
  });
  try {
    const url = await http.listen({ host: '127.0.0.1', port: 0 });
    for (let client = 0; client <= streamsMax; client++) await expect(fetch(`${url}/gone`)).rejects.toThrow();
    for (let client = 0; client <= streamsMax; client++)
      expect(await (await fetch(`${url}/stays`)).text()).toBe('all');
    expect(aborted).toEqual(Array.from({ length: streamsMax + 1 }, () => true));
  } finally {
    await http.close();
  }
});

test('a stream does not hold a console that stops', async () => {
  const http = fastify();
  const streams = createStreams(http as never, sessions());
  http.decorateRequest('session', undefined);
  http.get('/', async (request, reply) => {
    const [body, signal] = streams.open(request as never, reply as never, 'text/plain');
    signal.addEventListener('abort', () => body.end('the end'));
    body.write('begins, ');
    return reply.send(body);
  });
  const answer = await fetch(await http.listen({ host: '127.0.0.1', port: 0 }));
  await http.close();
  expect(await answer.text()).toBe('begins, the end');
});
