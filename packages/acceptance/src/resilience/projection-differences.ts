import type { TestMesh } from '@souk/testing/mesh.ts';
import { differencesOf, type Row, type RowDifference } from './row-differences.ts';

/** A row of a projection that is not what a count over the owners' tables gives. */
export interface ProjectionDifference extends RowDifference {
  /** Such as `analytics: counts per user`. */
  projection: string;
}

/** Compares the consumers' tables, as they are now, with a straightforward count over the owners' tables. */
export const projectionDifferences = async (sql: TestMesh['sql']): Promise<ProjectionDifference[]> => {
  const differences: ProjectionDifference[] = [];
  for (const { name, key, owners, consumers } of comparisons) {
    const [expected, actual] = [await sql.unsafe<Row[]>(owners), await sql.unsafe<Row[]>(consumers)];
    for (const difference of differencesOf(expected, actual, key))
      differences.push({ projection: name, ...difference });
  }
  return differences;
};

/** How much the owners hold and how much the consumers have of it: numbers that only grow, one for each consumer. */
export const projectionTotals = async (
  sql: TestMesh['sql'],
): Promise<{ owners: number[]; consumers: number[] }> => {
  const counted = comparisons.filter(({ total }) => total !== undefined);
  const sums = (of: 'owners' | 'consumers') =>
    Promise.all(
      counted.map(async ({ total, ...comparison }) => {
        const [row] = await sql.unsafe(
          `select sum(${total})::float8 as sum from (${comparison[of]}) as rows`,
        );
        return Number(row?.sum ?? 0);
      }),
    );
  return { owners: await sums('owners'), consumers: await sums('consumers') };
};

interface Comparison {
  name: string;
  /** The columns that tell rows apart. */
  key: readonly string[];
  /** A column whose sum only grows. */
  total?: string;
  owners: string;
  consumers: string;
}

/** What users did, what orders bought and what came back of that, as their owners hold it. */
const interactions = `
  with interactions as (
    select user_id, user_id::text as shopper, type, product_id, coalesce(quantity, 1) as quantity,
      coalesce(unit_price_minor, 0) as unit_price_minor, occurred_at, false as ordered, 0 as gone, false as is_returned
    from user_service.events
    union all
    select case when customer_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then customer_id::uuid end,
      case when customer_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then lower(customer_id) else order_uid end,
      'purchase', product_id, quantity, unit_price_minor, placed_at, true,
      cancelled_quantity + returned_quantity, cancelled_quantity + returned_quantity = quantity
    from product_service.orders join product_service.order_items using (order_uid)
  )`;

const tradeSums = `sum(purchases)::bigint as purchases, sum(units)::bigint as units, sum(gross_minor)::bigint as gross_minor,
  sum(returned_units)::bigint as returned_units, sum(refunded_minor)::bigint as refunded_minor`;

const comparisons: readonly Comparison[] = [
  {
    name: 'analytics: sums per product',
    key: ['product_id'],
    owners: `${interactions}
      select product_id,
        count(*) filter (where type = 'view') as views,
        count(*) filter (where type = 'like') as likes,
        count(*) filter (where type = 'add_to_cart') as carts,
        count(*) filter (where type = 'purchase') as purchases,
        coalesce(sum(quantity) filter (where type = 'purchase'), 0)::bigint as units,
        coalesce(sum(quantity * unit_price_minor) filter (where type = 'purchase'), 0)::bigint as gross_minor,
        sum(gone)::bigint as returned_units, sum(gone * unit_price_minor)::bigint as refunded_minor
      from interactions
      where product_id is not null and type in ('view', 'like', 'add_to_cart', 'purchase')
      group by product_id order by product_id`,
    consumers: `
      select product_id, sum(views)::bigint as views, sum(likes)::bigint as likes, sum(carts)::bigint as carts,
        sum(purchases)::bigint as purchases, sum(units)::bigint as units, sum(gross_minor)::bigint as gross_minor,
        sum(returned_units)::bigint as returned_units, sum(refunded_minor)::bigint as refunded_minor
      from analytics_service.product_rollups where granularity = 'day' group by product_id order by product_id`,
  },
  {
    name: 'analytics: sales per day',
    key: ['bucket'],
    owners: `${interactions}
      , trades as (
        select occurred_at as at, 1 as purchases, quantity as units, quantity * unit_price_minor as gross_minor,
          0 as returned_units, 0 as refunded_minor
        from interactions where type = 'purchase'
        union all
        select happened_at, 0, 0, 0, taken.quantity, taken.quantity * unit_price_minor
        from product_service.order_changes
          cross join lateral jsonb_to_recordset(lines) as taken (line integer, quantity integer)
          join product_service.order_items using (order_uid, line)
      )
      select date_trunc('day', at, 'UTC') as bucket, ${tradeSums} from trades group by 1 order by 1`,
    consumers: `
      select bucket, ${tradeSums}
      from analytics_service.sales_rollups where granularity = 'day' group by 1 order by 1`,
  },
  {
    name: 'analytics: counts per type and day',
    key: ['bucket', 'type'],
    owners: `${interactions}
      select date_trunc('day', occurred_at, 'UTC') as bucket, type, count(*) as count
      from interactions where not ordered group by 1, 2 order by 1, 2`,
    consumers: `
      select bucket, type, count from analytics_service.activity_rollups where granularity = 'day' order by 1, 2`,
  },
  {
    name: 'analytics: counts per user',
    key: ['user_id', 'type'],
    total: 'count',
    owners: `${interactions}
      select user_id, type, count(*) as count, min(occurred_at) as first_seen, max(occurred_at) as last_seen
      from interactions where user_id is not null group by user_id, type order by user_id, type`,
    consumers: `select user_id, type, count, first_seen, last_seen
      from analytics_service.user_activity order by user_id, type`,
  },
  {
    name: 'analytics: revenue per user',
    key: ['user_id'],
    owners: `${interactions}
      select user_id, sum(quantity * unit_price_minor)::bigint as gross_minor,
        sum(gone * unit_price_minor)::bigint as refunded_minor
      from interactions where user_id is not null and type = 'purchase' and unit_price_minor > 0
      group by user_id order by user_id`,
    consumers: `select user_id, sum(gross_minor)::bigint as gross_minor, sum(refunded_minor)::bigint as refunded_minor
      from analytics_service.user_revenue group by user_id order by user_id`,
  },
  {
    name: 'analytics: products per user',
    key: ['user_id', 'product_id'],
    owners: `${interactions}
      select user_id, product_id, count(*) as interactions, count(*) filter (where type = 'purchase') as purchases
      from interactions where user_id is not null and product_id is not null
      group by user_id, product_id order by user_id, product_id`,
    consumers: `select user_id, product_id, interactions, purchases
      from analytics_service.user_products order by user_id, product_id`,
  },
  {
    name: 'analytics: active users',
    key: ['bucket', 'user_id'],
    owners: `${interactions}
      select distinct date_trunc('day', occurred_at, 'UTC') as bucket, user_id
      from interactions where user_id is not null order by 1, 2`,
    consumers: `select bucket, user_id from analytics_service.active_users where period = 'day' order by 1, 2`,
  },
  {
    name: 'analytics: users',
    key: ['user_id'],
    owners: `select id as user_id, version from user_service.users order by id`,
    consumers: `select user_id, state_version as version
      from analytics_service.users where state_version > 0 and not deleted order by user_id`,
  },
  {
    name: 'analytics: counts of active users',
    key: ['granularity', 'bucket'],
    owners: `${interactions}
      select period as granularity, date_trunc(period, occurred_at, 'UTC') as bucket, count(distinct user_id) as users
      from interactions join user_service.users on users.id = user_id
        cross join unnest(array['day', 'week', 'month']) as periods (period)
      group by 1, 2 order by 1, 2`,
    consumers: `select granularity::text as granularity, bucket, users
      from analytics_service.active_user_counts order by 1, 2`,
  },
  {
    name: 'analytics: users by their newest activity',
    key: ['bucket'],
    owners: `${interactions}
      select bucket, count(*) as users
      from (
        select date_trunc('day', max(occurred_at), 'UTC') as bucket
        from interactions join user_service.users on users.id = user_id group by user_id
      ) as newest
      group by bucket order by bucket`,
    consumers: `select bucket, users
      from analytics_service.last_active_counts where granularity = 'day' order by bucket`,
  },
  {
    name: 'analytics: how many there are',
    key: ['entity'],
    owners: `
      select 'user' as entity, count(*) as present from user_service.users
      union all
      select 'product', count(*) from product_service.products`,
    consumers: `
      select entity, coalesce(present, 0)::bigint as present
      from unnest(array['user', 'product']) as entities (entity) left join analytics_service.entity_counts using (entity)`,
  },
  {
    name: 'analytics: ranked sums of products',
    key: ['product_id'],
    owners: `${interactions}
      select product_id, count(*) as views from interactions
      where product_id is not null and type = 'view' group by product_id order by product_id`,
    consumers: `
      select product_id, views from analytics_service.product_windows
      where window_name = 'all' and views > 0 order by product_id`,
  },
  {
    name: 'recommendation: products',
    key: ['product_id'],
    total: 'version',
    owners: `select id as product_id, version, name, price_minor, category, coalesce(stock, 1) > 0 as available
      from product_service.products order by id`,
    consumers: `select product_id, version, name, price_minor, category, available
      from recommendation_service.products where name is not null order by product_id`,
  },
  {
    name: 'recommendation: weights',
    key: ['product_id'],
    // Of one shopper the newest three of a type with a product, of those the newest 150 (services/recommendation). A
    // purchase that was cancelled keeps its place and weighs nothing.
    owners: `${interactions}, weighing as (
        select *, row_number() over (partition by shopper, product_id, type order by occurred_at desc,
          not is_returned) as repeat
        from interactions join (values ('view', 1), ('like', 2), ('add_to_cart', 3), ('purchase', 5)) as weights (type, weight)
          using (type)
        where product_id is not null
      ), newest as (
        select *, row_number() over (partition by shopper order by occurred_at desc, not is_returned) as place
        from weighing where repeat <= 3
      )
      select product_id, sum(weight)::float8 as weight from newest where place <= 150 and not is_returned
      group by product_id order by product_id`,
    consumers: `select product_id, weight from recommendation_service.products where weight > 0 order by product_id`,
  },
];
