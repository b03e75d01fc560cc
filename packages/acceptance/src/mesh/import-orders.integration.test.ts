import { orders } from '@souk/contracts/orders.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../http-call.ts';
import { asCount, asMoney, expectLines, importRetailFile, untilPublished } from '../import-retail-file.ts';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { countRetailFile, type ProductCount, type RetailCount } from '../retail-count.ts';
import { retailFile } from '../retail-file.ts';
import { tableFingerprints } from '../tables.ts';

const { shop, path, holds } = retailFile();

describe(`the import of ${shop} as orders`, () => {
  let mesh: TestMesh;
  let counted: RetailCount;
  let report: string;

  beforeAll(async () => {
    counted = countRetailFile(path);
    mesh = await testMesh();
    const outcome = await importFile();
    expect(outcome, outcome.report).toMatchObject({ code: 0 });
    report = outcome.report;
  });
  afterAll(() => mesh?.stop());

  const importFile = () => importRetailFile(mesh, path, '--as', 'orders', '--brokers', mesh.broker.brokers);
  const uidsOnTheTopic = async () =>
    (await readTopic(mesh.broker.brokers, orders.name)).map(({ key }) => String(key)).sort();

  test('reports what a direct count over the file gives', () => {
    const { byProduct, invoices, damped: _, ...totals } = counted;
    expect({ ...totals, products: byProduct.size, invoices: invoices.size }).toEqual(holds);
    expectLines(report, [
      `orders taken in ${asCount(holds.invoices)}`,
      'repeated 0',
      'rejected 0',
      `customers ${asCount(holds.customers)} ${asCount(holds.customers)} new`,
      `products ${asCount(holds.products)} ${asCount(holds.products)} new`,
      `purchases ${asCount(holds.purchases)}`,
      `units ${asCount(holds.units)}`,
      `revenue ${asMoney(holds.revenueMinor)}`,
    ]);
  });

  test('puts every invoice on the topic of orders once, under its number', async () => {
    expect(await uidsOnTheTopic()).toEqual([...counted.invoices].sort());
  });

  test('stores every invoice as an order, and every line as an item of it', async () => {
    const stored = await mesh.sql<{ order_uid: string }[]>`select order_uid from product_service.orders`;
    expect(stored.map(({ order_uid }) => order_uid).sort()).toEqual([...counted.invoices].sort());

    const items = await mesh.sql<({ sku: string } & ProductCount)[]>`
      select sku, count(*) as purchases, sum(quantity)::bigint as units,
        sum(quantity * unit_price_minor)::bigint as "revenueMinor"
      from product_service.order_items group by sku`;
    expect(new Map(items.map(({ sku, ...count }) => [sku, count]))).toEqual(counted.byProduct);
  });

  test('gives the summary of the shop exactly', async () => {
    const { body } = await call(
      'GET',
      `${mesh.service('analytics').url}/api/v1/analytics/summary?window=all`,
    );

    expect(body).toMatchObject({
      users: counted.customers,
      products: counted.byProduct.size,
      events_total: 0,
      purchases: counted.purchases,
      units: counted.units,
      revenue: counted.revenueMinor / 100,
      active_users: counted.customers,
    });
  });

  test('changes no row of any table when it is repeated', async () => {
    await expectProjectionsToMatch(mesh);
    await untilPublished(mesh);
    const before = await tableFingerprints(mesh.sql);

    const again = await importFile();

    expect(again.code, again.report).toBe(0);
    expectLines(again.report, [
      'orders taken in 0',
      `repeated ${asCount(holds.invoices)} imported before`,
      'rejected 0',
      `customers ${asCount(holds.customers)} 0 new`,
      `products ${asCount(holds.products)} 0 new`,
    ]);
    expect(await uidsOnTheTopic()).toHaveLength(2 * counted.invoices.size);
    expect(await tableFingerprints(mesh.sql)).toEqual(before);
  });
});
