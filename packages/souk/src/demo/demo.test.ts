import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import type { Order } from '@souk/contracts/orders.ts';
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

/** What went to the topic of orders. */
let sent: Order[];
beforeEach(() => {
  sent = [];
});

const run = (changes: Partial<DemoOptions> = {}) => {
  const client = createSoukClient({ urls: mesh.urls, fetch: createRetryingFetch() });
  return runDemo({
    client,
    shop: createShop(client),
    paymentSecret: 'secret',
    sendOrder: async (order) => void sent.push(order),
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
};
const told = () =>
  [
    ...[...mesh.events.values()].map(({ id, occurred_at, ...what }) => what),
    ...mesh.orders.values(),
    ...sent.map(({ items }) => items.map(({ sku, quantity }) => [sku, quantity])),
  ]
    .map((what) => JSON.stringify(what))
    .sort();
const bought = () => [...mesh.orders.values()];
const unitsBought = () =>
  [...bought().flatMap(({ lines }) => lines), ...sent.flatMap(({ items }) => items)].reduce(
    (sum, { quantity = 0 }) => sum + quantity,
    0,
  );

test('sends exactly the asked number of events, of its own users and products', async () => {
  const figures = await run();
  const types = Object.values(figures.byType).reduce((sum, count) => sum + count, 0);
  expect(figures).toMatchObject({ events: 500, rejected: 0 });
  expect(types).toBe(500);
  expect(mesh.users.size).toBe(20);
  expect(mesh.products.size).toBe(50);
  const { purchase, ...others } = figures.byType;
  expect(mesh.events.size).toBe(others.view + others.like + others.add_to_cart);
  expect(figures.units).toBe(unitsBought());
  expect(demoReport(figures)).toContain(`${purchase}, ${figures.units} units`);
});

test('checks carts out and pays; some orders are cancelled, come back, are never paid, or come by the topic', async () => {
  const { byStep, rejected } = await run({ countMax: 4_000, rate: 2_000 });
  const withStep = (step: string) => bought().filter(({ later }) => later.includes(step)).length;
  expect({ byStep, rejected }).toEqual({
    byStep: {
      ...{ checkout: bought().length, 'sent order': sent.length, payment: withStep('succeeded') },
      ...{ cancellation: withStep('cancellations'), return: withStep('returns') },
    },
    rejected: 0,
  });
  expect(bought().map(({ later }) => later)).toEqual(
    expect.arrayContaining([
      [],
      ['succeeded', 'shipped'],
      ['succeeded', 'cancellations', 'shipped'],
      ['succeeded', 'shipped', 'returns', 'refunded'],
    ]),
  );
  expect(sent.length).toBeGreaterThan(0);
});

test('tells why a purchase is refused, and goes on', async () => {
  mesh.disturb = (request) => (request.includes('webhook') ? { status: 401 } : undefined);
  const { byStep, rejected, rejection } = await run();
  expect(byStep.checkout).toBeGreaterThan(0);
  expect(byStep.payment).toBe(0);
  expect(rejected).toBeGreaterThan(0);
  expect(rejection).toContain('webhook/test answered 401');
});

test('the same seed tells the same story again, as new events, to the same users and products', async () => {
  await run();
  const first = told();
  const ids = [...mesh.events.keys()];
  mesh.events.clear();
  mesh.orders.clear();
  sent.length = 0;
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
  const purchases = timed.byType.purchase + interrupted.byType.purchase;
  expect(timed.events + interrupted.events).toBe(mesh.events.size + purchases);
  expect(timed.units + interrupted.units).toBe(unitsBought());
});

test('ends with an error when a service stays away', async () => {
  mesh.disturb = (request) => (request.includes('events') ? { status: 503 } : undefined);
  const shop = createShop(
    createSoukClient({ urls: mesh.urls, fetch: createRetryingFetch({ retryForMs: 0 }) }),
  );
  await expect(run({ shop })).rejects.toThrow('no usable answer');
});
