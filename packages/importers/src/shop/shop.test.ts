import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createShop, type EventToRecord } from './shop.ts';
import { standInMesh } from './testing/stand-in-mesh.ts';

let mesh: Awaited<ReturnType<typeof standInMesh>>;
beforeEach(async () => {
  mesh = await standInMesh();
});
afterEach(() => mesh.close());

const shopOf = (retryForMs?: number) => {
  const fetch = createRetryingFetch(retryForMs === undefined ? {} : { retryForMs });
  return createShop(createSoukClient({ urls: mesh.urls, fetch }));
};
const event = (id: string, type = 'view'): EventToRecord => ({ id, type, user_id: 'u', product_id: 'p' });
const people = Array.from({ length: 10 }, (_, i) => ({ email: `${i}@demo.example`, name: `${i}` }));

/** Disturbs every second request of a kind. */
const everySecond = (wanted: string, disturbance: 'cut off' | { status: number }) => {
  let seen = 0;
  mesh.disturb = (request) => (request === wanted && seen++ % 2 === 0 ? disturbance : undefined);
};

test('registers users once, and finds them again', async () => {
  const first = await shopOf().ensureUsers(people);
  const second = await shopOf().ensureUsers(people);
  expect(first).toMatchObject({ created: 10 });
  expect(first.ids.get('7@demo.example')).toBe('user of 7@demo.example');
  expect(second).toEqual({ created: 0, ids: first.ids });
});

test.each(['cut off', { status: 503 }] as const)(
  'neither loses nor doubles anything when requests fail: %o',
  async (disturbance) => {
    everySecond('POST /api/v1/users', disturbance);
    const { ids } = await shopOf().ensureUsers(people);
    everySecond('POST /api/v1/products/batch', disturbance);
    const products = await shopOf().ensureProducts([{ sku: 'A', name: 'Lamp', price: 1 }]);
    everySecond('POST /api/v1/events/batch', disturbance);
    const { recorded, repeated } = await shopOf().recordEvents([event('1'), event('2')]);

    expect(ids.size).toBe(10);
    expect(mesh.users.size).toBe(10);
    expect(products.ids).toEqual(new Map([['A', 'product A']]));
    expect(recorded + repeated).toBe(2);
    expect(mesh.events.size).toBe(2);
  },
);

test('tells new events from repeated and rejected ones, alone and in batches', async () => {
  const shop = shopOf();
  const refused = { recorded: 0, repeated: 0, rejected: [{ index: 0, reason: 'status 400: refused' }] };
  expect(await shop.recordEvents([event('1')])).toEqual({ recorded: 1, repeated: 0, rejected: [] });
  expect(await shop.recordEvents([event('1')])).toEqual({ recorded: 0, repeated: 1, rejected: [] });
  expect(await shop.recordEvents([event('2', 'refused')])).toEqual(refused);
  expect(await shop.recordEvents([event('1'), event('3', 'refused'), event('4')])).toEqual({
    recorded: 1,
    repeated: 1,
    rejected: [{ index: 1, reason: 'refused' }],
  });
});

test('names every field at fault of a product that is refused', async () => {
  const errors = [
    { field: 'price', message: 'must be >= 0' },
    { field: 'stock', message: 'must be integer or null' },
  ];
  const rejected = [{ index: 0, code: 'invalid_request', detail: 'the item is not valid', errors }];
  const body = { created: 0, updated: 0, unchanged: 0, items: [], rejected };
  mesh.disturb = () => ({ status: 207, body });
  expect((await shopOf().upsertProducts([{ sku: 'A' }])).rejected).toEqual([
    { index: 0, reason: 'price must be >= 0, stock must be integer or null' },
  ]);
});

test('fails with a line for the user when a service stays away', async () => {
  mesh.disturb = () => ({ status: 503, body: { detail: 'postgres is away' } });
  await expect(shopOf(0).ensureUsers(people)).rejects.toThrow(
    `no usable answer from ${mesh.url}: status 503: postgres is away`,
  );
  mesh.close();
  await expect(shopOf(0).recordEvents([event('1')])).rejects.toThrow(/connection (refused|closed)/);
});

test('does not repeat what can never succeed', async () => {
  mesh.disturb = () => ({ status: 500, body: { detail: 'broken' } });
  await expect(shopOf().recordEvents([event('1'), event('2')])).rejects.toThrow(
    `${mesh.url}/api/v1/events/batch answered 500: broken`,
  );
  expect(mesh.requests).toHaveLength(1);
});
