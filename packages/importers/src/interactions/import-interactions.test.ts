import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CatalogueOptions, readCatalogue } from '../catalogue/catalogue-file.ts';
import { importCatalogue } from '../catalogue/import-catalogue.ts';
import { createShop } from '../shop/shop.ts';
import { standInMesh } from '../shop/testing/stand-in-mesh.ts';
import { importInteractions } from './import-interactions.ts';
import { findInteractions } from './interaction-file.ts';
import { surveyInteractions } from './interaction-survey.ts';

let mesh: Awaited<ReturnType<typeof standInMesh>>;
let folder: string;
beforeEach(async () => {
  mesh = await standInMesh();
  folder = mkdtempSync(join(tmpdir(), 'souk-import-'));
});
afterEach(() => {
  mesh.close();
  rmSync(folder, { recursive: true });
});

const shop = () => createShop(createSoukClient({ urls: mesh.urls, fetch: createRetryingFetch() }));
const write = (name: string, ...lines: string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
};
const importFile = async (path: string) => {
  const file = await findInteractions(path);
  return importInteractions({
    ...{ file, survey: await surveyInteractions(path, file), shop: shop(), concurrency: 2, wait: false },
    flow: { pass: async () => undefined, drained: async () => 0 },
    onPhase: () => undefined,
    onDone: () => undefined,
  });
};
const importProducts = (path: string, options?: CatalogueOptions) =>
  importCatalogue({ lines: readCatalogue(path, options), shop: shop(), onDone: () => undefined });

const views = [
  'user,item,time,event',
  '1,mug,1700000000,view',
  '1,mug,1700000000,view',
  '1,pot,1700000001,purchase',
  'A,pot,1700000002,view',
  'a,pot,1700000002,view',
];

test('a repeat of an import of interactions changes nothing, and equal lines are one event', async () => {
  const path = write('views.csv', ...views);
  expect(await importFile(path)).toMatchObject({
    usersCreated: 3,
    productsCreated: 2,
    imported: 4,
    repeated: 1,
    rejected: 0,
  });
  const before = JSON.stringify([[...mesh.users], [...mesh.products], [...mesh.events]]);
  expect(await importFile(path)).toMatchObject({
    usersCreated: 0,
    productsCreated: 0,
    imported: 0,
    repeated: 5,
  });
  expect(JSON.stringify([[...mesh.users], [...mesh.products], [...mesh.events]])).toBe(before);
});

test('a user id that no name may be becomes a name, and stays a user of its own', async () => {
  const ids = ['\u2764\ufe0f', '\u2764', '\u001b[31mred', '\ud83d\ude00'.repeat(100)];
  const path = write('views.csv', 'user,item,time', ...ids.map((id) => `${id},mug,1700000000`));
  expect(await importFile(path)).toMatchObject({ usersCreated: 4, imported: 4 });
  const names = [...mesh.users.values()].map(({ name }) => name);
  expect(names.sort()).toEqual([
    'User [31mred',
    'User \u2764',
    'User \u2764',
    `User ${'\ud83d\ude00'.repeat(90)}`,
  ]);
});

test('interactions leave the products of a catalogue as they are', async () => {
  await importProducts(write('catalogue.csv', 'sku,name,price', 'mug,Blue mug,4.50'));
  expect(await importFile(write('views.csv', ...views))).toMatchObject({ productsCreated: 1 });
  expect(mesh.products.get('mug')).toMatchObject({ name: 'Blue mug', price: 4.5 });
});

test('a catalogue is upserted by sku, its columns named by the user, what it lacks set for all', async () => {
  const path = write('films.csv', 'movieId,title,genres', '1,"Story, Toy (1995)",Comedy|Fantasy', '2,Heat,');
  const options: CatalogueOptions = {
    columns: { sku: 'movieId', name: 'title', category: 'genres' },
    set: { price: '9.5' },
  };
  expect(await importProducts(path, options)).toMatchObject({ products: 2, created: 2, faulty: 0 });
  expect(mesh.products.get('1')).toEqual({
    sku: '1',
    name: 'Story, Toy (1995)',
    category: 'Comedy|Fantasy',
    price: 9.5,
  });
  expect(mesh.products.get('2')).toEqual({ sku: '2', name: 'Heat', price: 9.5 });
  expect(await importProducts(path, options)).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
});

test('a catalogue of JSON lines is read by the same names; bad lines are named and cost themselves alone', async () => {
  const path = write(
    'catalogue.ndjson',
    '{"sku":"mug","title":"Mug","price":4.5,"stock":3}',
    'not json',
    '{"title":"without a sku"}',
    '',
    '{"sku":"pot","title":"Pot","price":"cheap"}',
    '{"sku":"cup","title":"no price"}',
    '{"sku":"jug","title":"Jug","price":2}',
  );
  const report = await importProducts(path);
  expect(report).toMatchObject({ linesRead: 6, created: 2, faulty: 4 });
  expect(report.faults).toEqual([
    'line 2: not a JSON object',
    'line 3: no sku',
    'line 5: price "cheap"',
    'line 6: name and price are needed',
  ]);
  expect([...mesh.products.keys()]).toEqual(['mug', 'jug']);
});
