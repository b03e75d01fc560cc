import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { createShop } from '@souk/importers/shop/shop.ts';
import { standInMesh } from '@souk/importers/shop/testing/stand-in-mesh.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DemoOptions, runDemo } from './demo.ts';
import { demoReport } from './demo-display.ts';

let mesh: Awaited<ReturnType<typeof standInMesh>>;
beforeEach(async () => {
  mesh = await standInMesh();
});
afterEach(() => mesh.close());

const run = (changes: Partial<DemoOptions> = {}) =>
  runDemo({
    shop: createShop(createSoukClient({ urls: mesh.urls, fetch: createRetryingFetch() })),
    seed: 1,
    users: 20,
    products: 50,
    rate: 1_000,
    countMax: 500,
    durationMaxMs: Infinity,
    signal: new AbortController().signal,
    onTick: () => undefined,
    ...changes,
  });
const told = () =>
  [...mesh.events.values()].map(({ id, occurred_at, ...what }) => JSON.stringify(what)).sort();

test('sends exactly the asked number of events, of its own users and products', async () => {
  const figures = await run();
  const types = Object.values(figures.byType).reduce((sum, count) => sum + count, 0);
  expect(figures).toMatchObject({ events: 500, rejected: 0 });
  expect(types).toBe(500);
  expect(mesh.events.size).toBe(500);
  expect(mesh.users.size).toBe(20);
  expect(mesh.products.size).toBe(50);
  const purchases = [...mesh.events.values()].filter(({ type }) => type === 'purchase');
  const revenue = purchases.reduce(
    (sum, { quantity, unit_price }) => sum + (quantity as number) * (unit_price as number),
    0,
  );
  expect(figures.revenueMinor).toBe(Math.round(revenue * 100));
  expect(demoReport(figures)).toContain(`${purchases.length}, ${figures.units} units`);
});

test('the same seed tells the same story again, as new events, to the same users and products', async () => {
  await run();
  const first = told();
  const ids = [...mesh.events.keys()];
  mesh.events.clear();
  await run();
  expect(told()).toEqual(first);
  expect([...mesh.events.keys()].filter((id) => ids.includes(id))).toEqual([]);
  expect(mesh.users.size).toBe(20);
  expect(mesh.products.size).toBe(50);
});

test('sends an event that is due alone by itself, and many in batches', async () => {
  await run({ rate: 10, countMax: 1 });
  expect(mesh.requests).toContain('POST /api/v1/events');
  mesh.requests.length = 0;
  await run({ rate: 2_000 });
  expect(mesh.requests).toContain('POST /api/v1/events/batch');
});

test('ends after the given time, and when it is interrupted, with nothing under way', async () => {
  const timed = await run({ countMax: Infinity, durationMaxMs: 300 });
  expect(timed.elapsedMs).toBeGreaterThanOrEqual(300);
  const abort = new AbortController();
  const interrupted = await run({
    countMax: Infinity,
    signal: abort.signal,
    onTick: ({ events }) => {
      if (events > 50) abort.abort();
    },
  });
  expect(timed.events + interrupted.events).toBe(mesh.events.size);
});

test('ends with an error when a service stays away', async () => {
  mesh.disturb = (request) => (request.includes('events') ? { status: 503 } : undefined);
  const shop = createShop(
    createSoukClient({ urls: mesh.urls, fetch: createRetryingFetch({ retryForMs: 0 }) }),
  );
  await expect(run({ shop })).rejects.toThrow('no usable answer');
});
