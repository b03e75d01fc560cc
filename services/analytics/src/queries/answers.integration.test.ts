import type { Http } from '@souk/service-kit/http/http.ts';
import type { Sql } from '@souk/service-kit/postgres/database.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { testId } from '../testing/messages.ts';
import { deliverAll, deliveries } from '../testing/oracle/delivery.ts';
import { createFacts, storeFacts } from '../testing/oracle/facts.ts';
import { began, step, tell } from '../testing/oracle/history.ts';
import { testHttp } from '../testing/test-http.ts';

/** A path below /api/v1/analytics, and what of its answer follows from which statement over the bare facts. */
interface Comparison {
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer in JSON
  told: (answer: any) => unknown;
  /** One row with `expected`, as JSON. */
  facts: string;
}

const within = (window: string) =>
  window === 'all'
    ? 'true'
    : `date_trunc('minute', occurred_at) < (select until from clock) and date_trunc('minute', occurred_at) >=
      date_trunc(${window === '1h' || window === '24h' ? `'minute'` : `'hour'`},
        (select until from clock) - interval '${{ '1h': 1, '24h': 24, '7d': 168, '30d': 720 }[window]} hours', 'UTC')`;

const comparisons: Comparison[] = [
  ...['1h', '24h', '7d', '30d', 'all'].flatMap((window): Comparison[] => [
    {
      path: `summary?window=${window}`,
      told: ({ users, events, purchases, units, returned_units }) => ({
        ...{ users, events, purchases, units, returned_units },
      }),
      facts: `select json_build_object(
        'users', (select count(*) from owned_users where not deleted),
        'events', (select coalesce(json_object_agg(type, count), '{}') from (
          select type, count(*) as count from counted where kind = 'activity' and ${within(window)} group by type) as t),
        'purchases', coalesce(sum(purchases), 0), 'units', coalesce(sum(units), 0),
        'returned_units', coalesce(sum(returned_units), 0)) as expected
        from trades where ${within(window)}`,
    },
    {
      path: `summary?window=${window}`,
      told: ({ revenue_by_currency }) => withoutNet(revenue_by_currency),
      facts: `select coalesce(json_object_agg(currency, json_build_object('gross', gross, 'refunded', refunded)), '{}')
        as expected from (
          select currency, (sum(gross_minor) / (case currency when 'BHD' then 1000 else 100 end))::float8 as gross,
            (sum(refunded_minor) / (case currency when 'BHD' then 1000 else 100 end))::float8 as refunded
          from trades where ${within(window)} group by currency having sum(gross_minor + refunded_minor) > 0
        ) as money`,
    },
    {
      path: `products/top?window=${window}&metric=units&limit=100`,
      told: ({ items }) =>
        items.map(({ product_id, value }: { product_id: string; value: number }) => [product_id, value]),
      facts: `select coalesce(json_agg(json_build_array(product_id, units) order by units desc, product_id), '[]') as expected
        from (select product_id, sum(units) as units from trades where product_id is not null and ${within(window)}
          group by product_id having sum(units) > 0) as sold`,
    },
  ]),
  {
    path: `products/${testId('product', 1)}?granularity=day&from=2026-02-01T00:00:00Z&to=2026-03-10T00:00:00Z`,
    told: ({ totals: { views, purchases, units, returned_units } = none }) => [
      views,
      purchases,
      units,
      returned_units,
    ],
    facts: `select json_build_array((select count(*) from counted where type = 'view' and product_id = '${testId('product', 1)}'
        and occurred_at >= '2026-02-01 00:00Z' and occurred_at < '2026-03-10 00:00Z'),
      coalesce(sum(purchases), 0), coalesce(sum(units), 0), coalesce(sum(returned_units), 0)) as expected
      from trades where product_id = '${testId('product', 1)}'
        and occurred_at >= '2026-02-01 00:00Z' and occurred_at < '2026-03-10 00:00Z'`,
  },
];
const none = { views: 0, purchases: 0, units: 0, returned_units: 0 };

/** Net follows from the others. */
const withoutNet = (money: Record<string, { gross: number; refunded: number }>) =>
  Object.fromEntries(
    Object.entries(money).map(([currency, { gross, refunded }]) => [currency, { gross, refunded }]),
  );

/** Large amounts are exact up to 15 digits. */
const rounded = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer), (_, value) =>
    typeof value === 'number' ? Number(value.toPrecision(14)) : value,
  );

let database: AnalyticsDatabase;
let http: Http;
let now = began;
beforeAll(async () => {
  database = await analyticsDatabase({ typesMax: 6 });
  await createFacts(database.db.sql);
  http = await testHttp(database.db, () => now);
});
afterAll(async () => {
  await http?.close();
  await database.drop();
});

test('any interleaving, repetition and batching gives the answers that follow from the facts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), deliveries, async (steps, plans) => {
      const history = tell(steps);
      await database.clear();
      await database.forgetTypes();
      await database.windowsUntil(began);
      now = await deliverAll(database, history, plans);
      await storeFacts(database.db.sql, history, now);
      for (const comparison of comparisons)
        expect([comparison.path, await toldBy(comparison)]).toEqual([
          comparison.path,
          await expectedBy(database.db.sql, comparison),
        ]);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

const toldBy = async ({ path, told }: Comparison): Promise<unknown> =>
  rounded(told((await http.inject(`/api/v1/analytics/${path}`)).json()));

const expectedBy = async (sql: Sql, { facts }: Comparison): Promise<unknown> => {
  const [row] = await sql.unsafe<{ expected: unknown }[]>(facts);
  return rounded(row?.expected);
};
