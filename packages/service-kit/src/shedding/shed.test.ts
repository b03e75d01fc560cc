import { once } from 'node:events';
import { request } from 'node:http';
import { setImmediate as eventLoopTurn, setTimeout as pause } from 'node:timers/promises';
import { Type } from '@souk/contracts/typebox.ts';
import { eventually } from '@souk/testing/eventually.ts';
import pino from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Access } from '../access/access.ts';
import type { Http } from '../http/http.ts';
import { buildHttp } from '../http/server.ts';
import type { OnceParts } from '../idempotency/answer-once.ts';
import { createMetrics } from '../metrics.ts';
import { createHealth } from '../service/health.ts';
import { createLoad, type Load, openLoad } from './load.ts';
import type { RequestClass } from './request-class.ts';

const metrics = createMetrics('test');
const noLimits = {
  eventLoopDelayMs: 0,
  waitingQueries: 0,
  outboxAgeSeconds: 0,
  atOnce: 0,
  batchesAtOnce: () => 10,
};

const service = async (load: Load) => {
  const health = createHealth('test', '0.0.0');
  health.started();
  const http = await buildHttp({
    name: 'test',
    version: '0.0.0',
    description: '',
    log: pino({ level: 'silent' }),
    metrics,
    health,
    load,
    // No request of these tests has a key.
    idempotency: {} as OnceParts,
    bodyLimitBytes: 10_000,
  });
  const route = (
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    {
      status = 200,
      access = 'anyone',
      ...more
    }: { status?: number; access?: Access; querystring?: object; requestClass?: RequestClass } = {},
  ) => {
    const { querystring, requestClass } = more;
    http.route({
      method,
      url,
      config: { access, idempotent: false, ...(requestClass && { requestClass }) },
      schema: {
        tags: ['t'],
        operationId: `${method} ${url}`,
        summary: url,
        response: { [status]: Type.Object({}) },
        ...(querystring && { querystring }),
      },
      handler: async (_request, reply) => reply.code(status).send({}),
    });
  };
  const analysts: Access = { roles: ['analyst'], scope: 'analytics:read' };
  route('POST', '/batch', { status: 207 });
  route('GET', '/analytics', { access: analysts });
  route('GET', '/list', { querystring: Type.Object({ limit: Type.Optional(Type.Integer()) }) });
  route('POST', '/basket', { requestClass: 'lists' });
  route('POST', '/write', { status: 201 });
  route('PUT', '/write');
  route('GET', '/one');
  onTestFinished(() => http.close());
  return http;
};

const asked = [
  ...(['/live', '/ready', '/health', '/metrics', '/openapi.json', '/docs/', '/one'] as const).map(
    (url) => ['GET', url] as const,
  ),
  ['PUT', '/write'],
  ['POST', '/write'],
  ['POST', '/basket'],
  ['GET', '/list'],
  ['GET', '/analytics'],
  ['POST', '/batch'],
] as const;

test.each([
  [0, []],
  [1, ['/batch']],
  [2, ['/analytics', '/batch']],
  [3, ['/basket', '/list', '/analytics', '/batch']],
  [4, ['/write', '/write', '/basket', '/list', '/analytics', '/batch']],
])(
  'at level %i what is refused is %j, and never a probe, an operator or a single read',
  async (level, refused) => {
    const load = createLoad({ ...noLimits, eventLoopDelayMs: 1 });
    for (let count = 0; count < 3; count++)
      load.read({ eventLoopDelayMs: level, waitingReads: 0, waitingWrites: 0 });
    const http = await service({ ...load, stop: () => undefined });

    const answers = [];
    for (const [method, url] of asked) answers.push({ url, response: await http.inject({ method, url }) });

    const overloaded = answers.filter(({ response }) => response.statusCode === 503);
    expect(overloaded.map(({ url }) => url)).toEqual(refused);
    for (const { response } of overloaded) {
      expect(response.json()).toMatchObject({ code: 'overloaded', status: 503 });
      expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(response.headers['retry-after'])).toBeLessThanOrEqual(10);
    }
  },
);

/** A route whose batches are worked on until `release`. */
const holdBatches = (http: Http) => {
  const held = Promise.withResolvers<void>();
  let begun = 0;
  http.post(
    '/held',
    {
      config: { access: 'anyone', idempotent: true },
      schema: { hide: true, response: { 207: Type.Object({}) } },
    },
    async (_request, reply) => {
      begun += 1;
      await held.promise;
      return reply.code(207).send({});
    },
  );
  return { release: held.resolve, begun: () => begun };
};

test('a batch beyond those that are taken is refused, others are answered, and it is taken when one is done', async () => {
  const http = await service({ ...createLoad({ ...noLimits, atOnce: 1 }), stop: () => undefined });
  const held = holdBatches(http);
  const statusOf = async (url: string, method: 'GET' | 'POST' = 'POST') =>
    (await http.inject({ method, url })).statusCode;
  const first = statusOf('/held');
  await expect.poll(held.begun).toBe(1);
  expect(await statusOf('/batch')).toBe(503);
  expect([await statusOf('/write'), await statusOf('/list', 'GET')]).toEqual([201, 200]);
  held.release();
  expect(await first).toBe(207);
  await expect.poll(() => statusOf('/batch')).toBe(207);
});

const broken = { headers: { 'content-type': 'application/json' }, payload: '{' };

test('a batch waits for its turn before its body is read; writes and reads do not wait', async () => {
  const load = { ...createLoad({ ...noLimits, batchesAtOnce: () => 1 }), stop: () => undefined };
  const http = await service(load);
  const held = holdBatches(http);
  const statusOf = async (url: string, more = {}) =>
    (await http.inject({ method: 'POST', url, ...more })).statusCode;
  const answers: number[] = [];
  const first = statusOf('/held').then((status) => answers.push(status));
  const second = statusOf('/held', broken).then((status) => answers.push(status));
  await expect.poll(() => load.turns.get('batch')?.count()).toBe(2);
  expect([await statusOf('/write'), await statusOf('/basket')]).toEqual([201, 200]);
  expect(answers).toEqual([]);
  held.release();
  await Promise.all([first, second]);
  expect(answers).toEqual([207, 400]);
});

test('a batch that is refused is not read, also when others have taken the last place while its body came', async () => {
  const load = { ...createLoad({ ...noLimits, atOnce: 1 }), stop: () => undefined };
  const http = await service(load);
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  const slow = request(`${url}/batch`, {
    method: 'POST',
    headers: { ...broken.headers, 'content-length': 1 },
  });
  const answered = once(slow, 'response');
  const arrived = once(http.server, 'request');
  slow.flushHeaders();
  await arrived;
  const end = load.turns.get('batch')?.take(() => undefined);
  slow.end(broken.payload);
  const [answer] = await answered;
  expect(answer.resume().statusCode).toBe(503);
  end?.();
});

test('a batch whose turn does not come is refused, and leaves its place', async () => {
  const load = { ...createLoad({ ...noLimits, batchesAtOnce: () => 1 }), stop: () => undefined };
  const http = await service(load);
  await http.ready();
  const end = load.turns.get('batch')?.take(() => undefined);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const answer = http.inject({ method: 'POST', url: '/batch' });
  while (load.turns.get('batch')?.count() !== 2) await eventLoopTurn();
  vi.advanceTimersByTime(30_000);
  expect((await answer).json()).toMatchObject({ code: 'overloaded' });
  end?.();
  expect(load.turns.get('batch')?.count()).toBe(0);
});

test('a client that does not read its answer keeps nobody’s place', async () => {
  const http = await service({
    ...createLoad({ ...noLimits, batchesAtOnce: () => 1 }),
    stop: () => undefined,
  });
  const schema = { hide: true, response: { 207: Type.Object({}) } };
  const large = { text: 'x'.repeat(20_000_000) };
  http.post('/large', { config: { access: 'anyone', idempotent: true }, schema }, async (_request, reply) =>
    reply.code(207).send(large),
  );
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  const unread = request(`${url}/large`, { method: 'POST' }).end();
  onTestFinished(() => void unread.destroy());
  await once(unread, 'response');
  expect((await fetch(`${url}/batch`, { method: 'POST' })).status).toBe(207);
});

test('a batch whose client has left keeps its turn until its work is done; one that waited is not worked on', async () => {
  const load = { ...createLoad({ ...noLimits, batchesAtOnce: () => 1 }), stop: () => undefined };
  const http = await service(load);
  const held = holdBatches(http);
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  const count = () => load.turns.get('batch')?.count();
  const send = async (countThen: number) => {
    const sent = request(`${url}/held`, { method: 'POST' })
      .on('error', () => undefined)
      .end();
    await expect.poll(count).toBe(countThen);
    return sent;
  };
  const working = await send(1);
  await expect.poll(held.begun).toBe(1);
  const waiting = await send(2);
  waiting.destroy();
  await expect.poll(count).toBe(1);

  working.destroy();
  await expect.poll(connectionsOf(http)).toBe(0);
  expect(count()).toBe(1);
  held.release();
  await expect.poll(count).toBe(0);
  expect(held.begun()).toBe(1);
});

const connectionsOf = (http: Http) => () =>
  new Promise((resolve) => http.server.getConnections((_, connections) => resolve(connections)));

test('a request of analytics is counted once under each of its paths, and for HEAD', async () => {
  const http = await service({ ...createLoad({ ...noLimits, atOnce: 1 }), stop: () => undefined });
  const config = { access: 'anyone', requestClass: 'analytics', alsoAt: ['/also'] } as const;
  http.get('/report', { config, schema: { hide: true } }, async () => ({}));
  for (const [method, url] of [
    ['GET', '/report'],
    ['HEAD', '/report'],
    ['GET', '/also'],
  ] as const)
    await expect.poll(async () => (await http.inject({ method, url })).statusCode).toBe(200);
});

test('a client that leaves before its request is worked on takes no place', async () => {
  const load = { ...createLoad({ ...noLimits, atOnce: 1 }), stop: () => undefined };
  const http = await service(load);
  const left = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  http.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-leaves'] === undefined) return;
    reply.raw.once('close', () => left.resolve());
    asked.resolve();
    await left.promise;
  });
  const config = { access: 'anyone', requestClass: 'analytics' } as const;
  http.get('/report', { config, schema: { hide: true } }, async () => ({}));
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  const leaving = new AbortController();
  const answer = fetch(`${url}/report`, { headers: { 'x-leaves': '1' }, signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await left.promise;

  expect((await fetch(`${url}/report`)).status).toBe(200);
});

test('clients are asked to come back at different times, and what was refused is counted by class', async () => {
  const http = await service({ ...createLoad(noLimits), refuses: () => true, stop: () => undefined });
  const counted = async () => {
    const { values } = await (
      metrics.registry.getSingleMetric('http_requests_shed_total') as never as {
        get(): Promise<{ values: { labels: { class: string }; value: number }[] }>;
      }
    ).get();
    return values.find(({ labels }) => labels.class === 'batch')?.value ?? 0;
  };
  const before = await counted();

  const waits = new Set<unknown>();
  for (let count = 0; count < 100; count++)
    waits.add((await http.inject({ method: 'POST', url: '/batch' })).headers['retry-after']);

  expect(waits.size).toBeGreaterThan(3);
  expect(await counted()).toBe(before + 100);
});

test('a process that is really busy refuses batches, answers probes, and takes batches again when it is not', {
  timeout: 180_000,
}, async () => {
  const patience = { timeoutMs: 80_000, intervalMs: 100 };
  const limits = { ...noLimits, eventLoopDelayMs: 250 };
  const load = openLoad(limits, { waiting: () => ({ waitingReads: 0, waitingWrites: 0 }) });
  const http = await service(load);
  onTestFinished(load.stop);
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  const batch = async () => (await fetch(`${url}/batch`, { method: 'POST' })).status;
  let isBusy = true;
  const busy = (async () => {
    while (isBusy) {
      for (const until = performance.now() + 700; performance.now() < until; );
      await pause(1);
    }
  })();
  onTestFinished(() => {
    isBusy = false;
  });

  await eventually(async () => expect(await batch()).toBe(503), patience);
  expect((await fetch(`${url}/live`)).status).toBe(200);

  isBusy = false;
  await busy;
  await eventually(async () => expect(await batch()).toBe(207), patience);
});
