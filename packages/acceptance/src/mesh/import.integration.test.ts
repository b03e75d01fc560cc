import type { ServiceName } from '@souk/contracts/services.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../http-call.ts';
import { asCount, asMoney, expectLines, importRetailFile, untilPublished } from '../import-retail-file.ts';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { countRetailFile, type ProductCount, type RetailCount } from '../retail-count.ts';
import { retailFile } from '../retail-file.ts';
import { tableFingerprints } from '../tables.ts';

const rankingMax = 100;
const requestsAtOnce = 8;
const purchaseWeight = 5;

const { shop, path, from, to, holds } = retailFile();

describe(`the import of ${shop}`, () => {
  let mesh: TestMesh;
  let counted: RetailCount;
  /** Stock code by product id, as the product service tells it. */
  let skus: Map<string, string>;
  let report: string;

  beforeAll(async () => {
    counted = countRetailFile(path);
    mesh = await testMesh();
    const outcome = await importFile();
    expect(outcome, outcome.report).toMatchObject({ code: 0 });
    report = outcome.report;
    // The figures of products follow a moment after the others.
    await eventually(async () =>
      expect(await mesh.sql`select from analytics_service.product_changes limit 1`).toHaveLength(0),
    );
    skus = await listSkus();
  });
  afterAll(() => mesh?.stop());

  const importFile = () => importRetailFile(mesh, path);
  const listSkus = async () => {
    const found = new Map<string, string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const after = cursor ? `&cursor=${cursor}` : '';
      const { body } = await get('product', `/api/v1/products?sort=name&limit=100${after}`);
      for (const { id, sku } of body.items) found.set(id, sku);
      cursor = body.next_cursor;
    }
    return found;
  };
  const get = async (name: ServiceName, target: string) => {
    const answer = await call('GET', `${mesh.service(name).url}${target}`);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer;
  };
  const countOf = (productId: string): ProductCount => {
    const count = counted.byProduct.get(skus.get(productId) ?? '');
    if (!count) throw new Error(`product ${productId} is not one of the file`);
    return count;
  };
  /** The best figures of the file, whichever of equal products have them. */
  const best = (figure: (count: ProductCount) => number) =>
    [...counted.byProduct.values()]
      .map(figure)
      .sort((a, b) => b - a)
      .slice(0, rankingMax);

  test('reports what a direct count over the file gives', () => {
    const { byProduct, invoices, damped: _, ...totals } = counted;
    expect({ ...totals, products: byProduct.size, invoices: invoices.size }).toEqual(holds);
    expectLines(report, [
      `imported ${asCount(holds.purchases)}`,
      'repeated 0',
      'rejected 0',
      `customers ${asCount(holds.customers)} ${asCount(holds.customers)} new`,
      `products ${asCount(holds.products)} ${asCount(holds.products)} new`,
      `units ${asCount(holds.units)}`,
      `revenue ${asMoney(holds.revenueMinor)}`,
    ]);
  });

  test('gives the summary of the shop exactly', async () => {
    const { body } = await get('analytics', '/api/v1/analytics/summary?window=all');

    expect(body).toMatchObject({
      users: counted.customers,
      products: counted.byProduct.size,
      events: { purchase: counted.purchases },
      events_total: counted.purchases,
      purchases: counted.purchases,
      units: counted.units,
      revenue: counted.revenueMinor / 100,
      active_users: counted.customers,
    });
  });

  test('gives every single product its purchases, units and revenue', async () => {
    const waiting = [...skus.keys()];
    const measured = new Map<string, ProductCount>();
    const ask = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        const range = `granularity=day&from=${from}&to=${to}`;
        const { body } = await get('analytics', `/api/v1/analytics/products/${id}?${range}`);
        const { purchases, units, revenue } = body.totals;
        measured.set(skus.get(id) as string, { purchases, units, revenueMinor: Math.round(revenue * 100) });
      }
    };
    await Promise.all(Array.from({ length: requestsAtOnce }, ask));

    expect(inOrder(measured)).toEqual(inOrder(counted.byProduct));
  });

  for (const [metric, figure] of [
    ['purchases', (count: ProductCount) => count.purchases],
    ['units', (count: ProductCount) => count.units],
    ['revenue', (count: ProductCount) => count.revenueMinor / 100],
  ] as const)
    test(`ranks the products by ${metric} as the file does`, async () => {
      const { body } = await get(
        'analytics',
        `/api/v1/analytics/products/top?metric=${metric}&window=all&limit=${rankingMax}`,
      );
      const values = body.items.map(({ value }: { value: number }) => value);

      expect(values).toEqual(best(figure));
      expect(values).toEqual(
        body.items.map((item: { product_id: string }) => figure(countOf(item.product_id))),
      );
    });

  test('orders the popular products by their purchase lines in the file, repeats of a customer damped', async () => {
    const ranking = `/api/v1/recommendations?strategy=popular&limit=${rankingMax}`;
    const { body } = await get('recommendation', ranking);
    const scores = body.items.map(({ score }: { score: number }) => score);
    const counts = [...counted.damped.values()].sort((a, b) => b - a).slice(0, rankingMax);

    expect(scores).toEqual(counts.map((count) => purchaseWeight * count));
    expect(scores).toEqual(
      body.items.map(
        (item: { product_id: string }) =>
          purchaseWeight * (counted.damped.get(skus.get(item.product_id) as string) as number),
      ),
    );
  });

  test('changes no row of any table when it is repeated', async () => {
    await expectProjectionsToMatch(mesh);
    await untilPublished(mesh);
    const before = await tableFingerprints(mesh.sql);

    const again = await importFile();

    expect(again.code, again.report).toBe(0);
    expectLines(again.report, [
      'imported 0',
      `repeated ${asCount(holds.purchases)} imported before`,
      `customers ${asCount(holds.customers)} 0 new`,
      `products ${asCount(holds.products)} 0 new`,
    ]);
    expect(await tableFingerprints(mesh.sql)).toEqual(before);
  });
});

const inOrder = (counts: Map<string, ProductCount>) => [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
