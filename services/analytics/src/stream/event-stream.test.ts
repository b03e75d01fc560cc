import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { eventually } from '@souk/testing/eventually.ts';
import { afterEach, expect, test } from 'vitest';
import { eventStream } from './event-stream.ts';
import { type Snapshot, summaryFeed } from './summary-feed.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** The answer of a server to a client that reads nothing until it is told to. */
const connected = async (): Promise<{ response: ServerResponse; socket: Socket }> => {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => resolve(response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  ends.push(() => {
    socket.destroy();
    server.close();
  });
  return { response: await promise, socket };
};

const quiet = {
  lastEventId: undefined,
  onSent: () => undefined,
  onSkipped: () => undefined,
  isAllowed: () => true,
};

test('keeps one event at most for a client that does not read, and then tells the newest', async () => {
  const { response, socket } = await connected();
  const counts = { sent: 0, skipped: 0 };
  const stream = eventStream(response, {
    ...quiet,
    onSent: () => counts.sent++,
    onSkipped: () => counts.skipped++,
  });
  const data = 'x'.repeat(100_000);
  const offer = (id: number) => stream.offer({ id: `${id}`, data });
  let id = 0;
  await eventually(() => {
    offer(++id);
    expect(counts.skipped).toBeGreaterThan(10);
  });
  expect(response.writableLength).toBeLessThan(2 * data.length);

  let got = '';
  socket.on('data', (chunk) => {
    got += chunk;
  });
  socket.resume();
  await eventually(() => expect(response.writableLength).toBe(0));
  offer(++id);
  await eventually(() => expect(got).toContain(`id: ${id}\n`));
});

test('writes nothing once it has ended, also where a feed that was stopped has a summary', async () => {
  const { response } = await connected();
  const feed = summaryFeed({ read: async () => '{}' });
  const { promise: offered, resolve } = Promise.withResolvers<void>();
  feed.follow('1h', { offer: (snapshot) => snapshot && resolve(), end: () => undefined });
  await offered;
  feed.stop();

  feed.follow('1h', eventStream(response, quiet));
  expect(response.writableEnded).toBe(true);
});

test('sends a comment when there has been no news for a while, and ends when it is old', async () => {
  const { response, socket } = await connected();
  let got = '';
  socket.on('data', (chunk) => {
    got += chunk;
  });
  socket.resume();
  const stream = eventStream(response, { ...quiet, heartbeatMs: 0, ageMaxMs: 60_000 });
  const snapshot = { id: 'one', data: '{}' };
  await eventually(() => {
    stream.offer(snapshot);
    expect(got).toContain(': heartbeat\n\n');
  });
  expect(got.match(/^id: one$/gm)).toHaveLength(1);

  const old = await connected();
  eventStream(old.response, { ...quiet, ageMaxMs: -1 }).offer(snapshot);
  expect(old.response.writableEnded).toBe(true);
});

test('ends when its client may not listen any more, and tells nothing then', async () => {
  const { response, socket } = await connected();
  socket.resume();
  let allowed = true;
  let sent = 0;
  const options = { ...quiet, isAllowed: () => allowed, onSent: () => sent++ };
  const stream = eventStream(response, options);
  await eventually(() => {
    stream.offer({ id: 'one', data: '{}' });
    expect(sent).toBe(1);
  });
  allowed = false;
  stream.offer({ id: 'two', data: '{}' });
  expect([sent, response.writableEnded]).toEqual([1, true]);
});

test('reads once for all who follow a window, and not at all without followers', async () => {
  let reads = 0;
  const feed = summaryFeed({ read: async () => `${++reads}`, intervalMs: 5 });
  ends.push(feed.stop);
  const got: string[][] = [[], [], []];
  const unfollows = got.map((seen) =>
    feed.follow('24h', { offer: (snapshot) => seen.push(snapshot?.data ?? ''), end: () => undefined }),
  );
  await eventually(() => expect(got[2]?.length).toBeGreaterThan(3));
  expect(got.map((seen) => seen.slice(0, 3))).toEqual([1, 2, 3].map(() => ['1', '2', '3']));

  for (const unfollow of unfollows) unfollow();
  const before = reads;
  const other = Promise.withResolvers<string | undefined>();
  const unfollow = feed.follow('1h', {
    offer: (snapshot) => other.resolve(snapshot?.data),
    end: () => undefined,
  });
  expect(Number(await other.promise)).toBeLessThanOrEqual(before + 2);
  unfollow();
});

test('goes on after a reading that failed', async () => {
  let reads = 0;
  const read = async () => {
    if (++reads === 1) throw new Error('Postgres is away');
    return 'there';
  };
  const feed = summaryFeed({ read, intervalMs: 5 });
  ends.push(feed.stop);
  const offered: (string | undefined)[] = [];
  feed.follow('24h', { offer: (snapshot) => offered.push(snapshot?.data), end: () => undefined });
  await eventually(() => expect(offered).toContain('there'));
  expect(offered[0]).toBeUndefined();
});

test('tells nobody of a reading that ended after all had left, or after the end', async () => {
  const readings: ((data: string) => void)[] = [];
  const read = () => new Promise<string>((resolve) => readings.push(resolve));
  const feed = summaryFeed({ read, intervalMs: 1 });
  const offered: (string | undefined)[] = [];
  const follower = {
    offer: (snapshot: Snapshot | undefined) => offered.push(snapshot?.data),
    end: () => offered.push('end'),
  };
  feed.follow('24h', follower)();
  readings[0]?.('of then');
  await setImmediate();
  feed.follow('24h', follower);
  await eventually(() => expect(readings).toHaveLength(2));
  expect(offered).toEqual([]);

  feed.stop();
  readings[1]?.('too late');
  await setImmediate();
  expect(offered).toEqual(['end']);
});
