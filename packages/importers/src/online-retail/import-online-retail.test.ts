import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { createFlow } from '../shop/backlog.ts';
import { createShop } from '../shop/shop.ts';
import { standInMesh } from '../shop/testing/stand-in-mesh.ts';
import { importOnlineRetail, readRetail } from './import-online-retail.ts';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const folder = mkdtempSync(join(tmpdir(), 'souk-import-'));
const file = join(folder, 'retail.csv');

let mesh: Awaited<ReturnType<typeof standInMesh>>;
beforeEach(async () => {
  mesh = await standInMesh();
});
afterEach(() => {
  mesh.close();
  rmSync(file, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (...lines: string[]) => writeFileSync(file, [header, ...lines].join('\n'));
const run = async () =>
  importOnlineRetail({
    file,
    retail: await readRetail(file),
    shop: createShop(createSoukClient({ urls: mesh.urls, fetch: createRetryingFetch() })),
    flow: createFlow({ read: async () => 0, behindMax: 10_000, stuckMaxMs: 1_000, onWait: () => undefined }),
    concurrency: 3,
    wait: false,
    onPhase: () => undefined,
    onDone: () => undefined,
  });
const manyLines = Array.from(
  { length: 2_500 },
  (_, i) => `${100 + Math.floor(i / 60)},S${i % 7},LAMP,${1 + (i % 59)},2010-12-01 08:26:00,2.55,${i % 5},UK`,
);

test('turns customers, stock codes and lines into users, products and purchases', async () => {
  write('1,A,LAMP,6,2010-12-01 08:26:00,2.55,17850.0,UK', 'C2,A,LAMP,-1,2010-12-01 08:26:00,2.55,17850.0,UK');
  await run();
  expect([...mesh.users.values()]).toEqual([
    { id: expect.any(String), email: 'customer-17850@online-retail.example', name: 'Customer 17850' },
  ]);
  expect([...mesh.products.values()]).toEqual([{ sku: 'A', name: 'LAMP', price: 2.55, currency: 'GBP' }]);
  expect([...mesh.events.values()]).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/),
      type: 'purchase',
      user_id: 'user of customer-17850@online-retail.example',
      product_id: 'product A',
      quantity: 6,
      unit_price: 2.55,
      occurred_at: '2010-12-01T08:26:00.000Z',
    },
  ]);
});

test('an import repeated, or gone on with after it was broken off, sends nothing new', async () => {
  write(...manyLines.slice(0, 1_200));
  expect(await run()).toMatchObject({
    imported: 1_200,
    repeated: 0,
    customersCreated: 5,
    productsCreated: 7,
  });
  write(...manyLines);
  expect(await run()).toMatchObject({ imported: 1_300, repeated: 1_200, customersCreated: 0 });
  expect(await run()).toMatchObject({ imported: 0, repeated: 2_500, productsCreated: 0, rejected: 0 });
  expect(mesh.events.size).toBe(2_500);
});

test('sends nothing of a file that is not one', async () => {
  writeFileSync(file, 'a,b,c\n1,2,3\n');
  await expect(run()).rejects.toThrow('no column was found for invoice, stockCode');
  expect(mesh.requests).toEqual([]);
});

test('reports what a service rejects, and imports the rest', async () => {
  write(...manyLines);
  let batches = 0;
  const rejected = [{ index: 0, code: 'user_not_found', detail: 'there is no such user' }];
  mesh.disturb = (request) =>
    request === 'POST /api/v1/events/batch' && batches++ === 0
      ? { status: 207, body: { accepted: 999, repeated: 0, rejected } }
      : undefined;
  expect(await run()).toMatchObject({ imported: 2_499, rejected: 1, rejections: ['there is no such user'] });
});
