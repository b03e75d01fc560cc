import type { Sql } from '@souk/service-kit/postgres/database.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { deliverAll, deliveries } from '../testing/oracle/delivery.ts';
import { createFacts, shopZone, storeFacts } from '../testing/oracle/facts.ts';
import { began, step, tell } from '../testing/oracle/history.ts';

/** Fewer than the histories hold. */
const typesMax = 6;

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase({ typesMax, shopZone });
  await createFacts(database.db.sql);
  await createExpectations(database.db.sql);
});
afterAll(() => database.drop());

test('any interleaving, repetition and batching gives what a recomputation from the facts gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 100, size: 'max' }), deliveries, async (steps, plans) => {
      const history = tell(steps);
      await database.clear();
      await database.forgetTypes();
      await database.windowsUntil(began);
      const now = await deliverAll(database, history, plans);
      await storeFacts(database.db.sql, history, now);

      expect(await differences(database.db.sql)).toEqual([]);
      expect(database.deadLetters).toEqual([]);
    }),
    { numRuns: 5, endOnFailure: true },
  );
});

/** What the tables should hold, said in SQL over the bare facts: nothing of it goes through the service's code. */
const createExpectations = (sql: Sql) =>
  sql.unsafe(`
    create view expected_users as
      select user_id, coalesce(version, 0) as version, coalesce(deleted, false) as deleted, last_active
      from owned_users full join (
        select user_id, date_trunc('minute', max(occurred_at), 'UTC')::timestamptz(3) as last_active
        from interactions_of_present group by user_id
        union
        select user_id, null from trades where user_id is not null and refunded_minor > 0
          and user_id not in (select user_id from interactions_of_present)
          and user_id not in (select user_id from owned_users where deleted)
      ) as active using (user_id);
    create view expected_products as
      select product_id, version, name, deleted, name_version from owned_products;
    create view expected_entity_counts as
      select 'user' as entity, count(*) filter (where not deleted) as present, count(*) as ever
      from owned_users having count(*) > 0
      union all
      select 'product', count(*) filter (where not deleted), count(*) from owned_products having count(*) > 0;

    create view bucketed_trades as
      select granularity, bucket, trades.* from trades join (
        select distinct granularity, bucket, occurred_at from bucketed) as buckets using (occurred_at);
    create view expected_product_rollups as
      select granularity, product_id, bucket, '' as currency,
        count(*) filter (where type = 'view') as views,
        count(*) filter (where type = 'like') as likes,
        count(*) filter (where type = 'add_to_cart') as carts,
        count(*) filter (where type = 'purchase' and kind <> 'return') as purchases,
        coalesce(sum(coalesce(quantity, 1)) filter (where type = 'purchase' and kind <> 'return'), 0)::bigint as units,
        coalesce(sum(quantity) filter (where kind = 'return'), 0)::bigint as returned_units,
        0::numeric(38, 0) as gross_minor, 0::numeric(38, 0) as refunded_minor
      from bucketed
      where product_id is not null and granularity <> 'all' and type in ('view', 'like', 'add_to_cart', 'purchase')
      group by granularity, product_id, bucket
      union all
      select granularity, product_id, bucket, currency, 0, 0, 0, 0, 0, 0,
        sum(gross_minor)::numeric(38, 0), sum(refunded_minor)::numeric(38, 0)
      from bucketed_trades
      where product_id is not null and granularity <> 'all' and gross_minor + refunded_minor > 0
      group by granularity, product_id, bucket, currency;
    create view expected_sales_rollups as
      select granularity, bucket, currency, sum(purchases)::bigint as purchases, sum(units)::bigint as units,
        sum(returned_units)::bigint as returned_units, sum(gross_minor)::numeric(38, 0) as gross_minor,
        sum(refunded_minor)::numeric(38, 0) as refunded_minor,
        (sum(gross_minor) - sum(refunded_minor))::numeric(38, 0) as revenue_minor
      from bucketed_trades group by granularity, bucket, currency;
    create view expected_activity_rollups as
      select granularity, bucket, type, count(*) as count from bucketed where kind = 'activity'
      group by granularity, bucket, type;
    create view expected_activity_totals as
      select granularity, bucket, count(*) as count from bucketed where kind = 'activity'
      group by granularity, bucket;
    create view expected_active_users as
      select distinct date_trunc(period, date_trunc('minute', occurred_at, 'UTC'), '${shopZone}')::timestamptz(3)
        as bucket, user_id,
        period::rollup_granularity as granularity
      from interactions_of_present cross join unnest(array['day', 'week', 'month']) as periods (period);
    create view expected_active_user_counts as
      select granularity, bucket, count(*) as users
      from expected_active_users join owned_users using (user_id) group by granularity, bucket;
    create view expected_last_active_counts as
      select granularity, bucket, count(distinct user_id) as users
      from expected_users join owned_users using (user_id) join bucketed using (user_id)
      where date_trunc('minute', occurred_at, 'UTC') = last_active and kind <> 'return' and granularity <> 'shop_day'
      group by 1, 2;
    create view expected_user_activity as
      select user_id, type, count(*) as count, min(occurred_at) as first_seen, max(occurred_at) as last_seen
      from interactions_of_present group by user_id, type;
    create view expected_user_products as
      select user_id, product_id, count(*) as interactions, count(*) filter (where type = 'purchase') as purchases
      from interactions_of_present where product_id is not null group by user_id, product_id;
    create view expected_user_revenue as
      select user_id, currency, sum(gross_minor)::numeric(38, 0) as gross_minor,
        sum(refunded_minor)::numeric(38, 0) as refunded_minor
      from trades where gross_minor + refunded_minor > 0 and user_id is not null
        and user_id not in (select user_id from owned_users where deleted)
      group by user_id, currency;

    -- Every activity, kept by its minute or not.
    create view moments as
      select kind, type, product_id, date_trunc('minute', occurred_at, 'UTC') as minute, purchases, units,
        returned_units, currency, gross_minor, refunded_minor
      from trades where product_id is not null
      union all
      select kind, type, product_id, date_trunc('minute', occurred_at, 'UTC'), 0, 0, 0, '', 0, 0
      from counted where product_id is not null and type in ('view', 'like', 'add_to_cart');
    create view in_windows as
      select name as window_name, moments.*
      from moments join (
        values ('1h', interval '1 hour', 'minute'), ('24h', '24 hours', 'minute'), ('7d', '168 hours', 'hour'),
          ('30d', '720 hours', 'hour'), ('all', null, null)
      ) as windows (name, length, step) on length is null or (minute < (select until from clock)
        and minute >= date_trunc(step, (select until from clock) - length, 'UTC'));
    create view expected_product_windows as
      select window_name, product_id, '' as currency, count(*) filter (where type = 'view') as views,
        count(*) filter (where type = 'like') as likes, count(*) filter (where type = 'add_to_cart') as carts,
        sum(purchases)::bigint as purchases, sum(units)::bigint as units,
        sum(returned_units)::bigint as returned_units, 0::numeric(38, 0) as gross_minor,
        0::numeric(38, 0) as refunded_minor
      from in_windows group by window_name, product_id
      union all
      select window_name, product_id, currency, 0, 0, 0, 0, 0, 0, sum(gross_minor)::numeric(38, 0),
        sum(refunded_minor)::numeric(38, 0)
      from in_windows where gross_minor + refunded_minor > 0 group by window_name, product_id, currency;
    create view sales_by_currency as
      select currency, sum(purchases) as purchases from trades group by currency;
    create view expected_ranked as
      select window_name, metric, product_id, amount,
        row_number() over (partition by window_name, metric order by amount desc, product_id) as rank
      from expected_product_windows cross join lateral (
        values ('views', '', views), ('likes', '', likes), ('carts', '', carts), ('purchases', '', purchases),
          ('units', '', units), ('revenue', (select currency from sales_by_currency order by purchases desc, currency limit 1),
          gross_minor - refunded_minor)
      ) as amounts (metric, ranked_in, amount)
      where amount > 0 and currency = ranked_in;
    create view ranked as
      select window_name, metric, product_id, amount, rank
      from product_rankings
        cross join unnest(product_ids, amounts) with ordinality as ranked (product_id, amount, rank);
    create view product_changes_left as select * from product_changes;
    create view expected_product_changes_left as select * from product_changes where false;
  `);

/** Tables and views of them, each with what is expected of it. */
const projectedTables = [
  ...[
    'users',
    'products',
    'entity_counts',
    'product_rollups',
    'sales_rollups',
    'activity_rollups',
    'activity_totals',
  ],
  ...[
    'active_users',
    'active_user_counts',
    'last_active_counts',
    'user_activity',
    'user_products',
    'user_revenue',
  ],
  ...['product_windows', 'ranked', 'product_changes_left'],
];

/** Every row that a table has too much or too little. */
const differences = async (sql: Sql): Promise<object[]> => {
  const found = await Promise.all(
    projectedTables.map((table) =>
      sql.unsafe(`
        (select '${table} has' as what, to_json(t)::text as row from (table ${table} except table expected_${table}) as t)
        union all
        (select '${table} lacks', to_json(t)::text from (table expected_${table} except table ${table}) as t)`),
    ),
  );
  return found.flat();
};
