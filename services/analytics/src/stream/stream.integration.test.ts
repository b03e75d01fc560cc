import { once } from 'node:events';
import { connect } from 'node:net';
import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp } from '@souk/service-kit/http/server.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { silent } from '@souk/service-kit/testing/ledger.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { activityData, activityRecorded } from '../testing/events.ts';
import { testHttp } from '../testing/test-http.ts';
import { streamRoutes } from './stream-routes.ts';

const now = new Date('2026-03-18T09:47:12.345Z');

let database: AnalyticsDatabase;
let http: Http;
let url: string;
const closing: AbortController[] = [];
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.clear();
  http = await testHttp(database.db, () => now);
  url = `${await http.listen({ port: 0 })}/api/v1/analytics/stream`;
});
afterEach(async () => {
  for (const client of closing.splice(0)) client.abort();
  await http.close();
});

/** What a client has got so far, and whether its stream has ended. */
const open = async (headers: Record<string, string> = {}) => {
  const client = new AbortController();
  closing.push(client);
  const response = await fetch(url, { headers, signal: client.signal });
  const got = { response, text: '', ended: false, leave: () => client.abort() };
  const read = async () => {
    for await (const chunk of response.body ?? []) got.text += Buffer.from(chunk).toString();
    got.ended = true;
  };
  read().catch(() => undefined);
  return got;
};
type Got = Awaited<ReturnType<typeof open>>;

const eventsOf = ({ text }: Got) =>
  [...text.matchAll(/^id: (.+)\nevent: summary\ndata: (.+)\n\n/gm)].map(([, id, data]) => ({
    id: id as string,
    summary: JSON.parse(data as string),
  }));
const view = (sequence: number) =>
  database.apply([activityRecorded({ sequence }, activityData(1, 'view', '2026-03-18T09:00:00.000Z'))]);

test('tells the summary at once, and again when it changes', async () => {
  const client = await open();
  expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  await eventually(() => expect(eventsOf(client)).toHaveLength(1));
  const asked = await http.inject('/api/v1/analytics/summary');
  expect(eventsOf(client)[0]?.summary).toEqual(asked.json());

  await view(1);
  await eventually(() => expect(eventsOf(client)[1]?.summary).toMatchObject({ events_total: 1 }));
});

test('a client that comes back is told only what it has not seen', async () => {
  const before = await open();
  await eventually(() => expect(eventsOf(before)).toHaveLength(1));
  before.leave();
  const again = await open({ 'last-event-id': eventsOf(before)[0]?.id ?? '' });
  const newcomer = await open();
  await eventually(() => expect(eventsOf(newcomer)).toHaveLength(1));
  expect(eventsOf(again)).toEqual([]);

  await view(1);
  await eventually(() => expect(eventsOf(newcomer)).toHaveLength(2));
  await eventually(() => expect(eventsOf(again)).toEqual(eventsOf(newcomer).slice(1)));
});

test('refuses a stream too many with 503 too_many_streams, until one has ended, and shows how many are open', async () => {
  const metric = async () => (await http.inject('/metrics')).body;
  const [first] = [await open(), await open()];
  await eventually(async () => expect(await metric()).toContain('sse_streams_open{service="test"} 2'));
  const refused = await open();
  expect(refused.response.status).toBe(503);
  expect(refused.response.headers.get('retry-after')).toBe('10');
  await eventually(() => expect(JSON.parse(refused.text)).toMatchObject({ code: 'too_many_streams' }));

  first?.leave();
  await eventually(async () => expect((await open()).response.status).toBe(200));
});

test('a client that has gone before its stream begins leaves none behind', async () => {
  const metrics = createMetrics('test');
  const health = createHealth('analytics', '0.0.0');
  health.started();
  const routes = await buildHttp({
    ...{ name: 'analytics', version: '0.0.0', description: '', log: silent, metrics, health },
    bodyLimitBytes: 10_000,
  });
  routes.addHook('preHandler', async ({ raw }) => {
    raw.socket.destroy();
    await once(raw.socket, 'close');
  });
  streamRoutes(routes, { read: async () => '{}', metrics, streamsMax: 2 });
  const answer = fetch(`${await routes.listen({ port: 0 })}/api/v1/analytics/stream`);
  await expect(answer).rejects.toThrow();
  expect(await metrics.registry.metrics()).toContain('sse_streams_open{service="test"} 0');
  await routes.close();
});

test('a service that stops ends its streams, and waits for none of them', async () => {
  const client = await open();
  const silent = connect(Number(new URL(url).port), '127.0.0.1');
  silent.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await eventually(() => expect(eventsOf(client)).toHaveLength(1));
  await http.close();
  await eventually(() => expect(client.ended).toBe(true));
  silent.destroy();
});
