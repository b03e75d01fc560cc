import type postgres from 'postgres';

/** What a shop holds. */
export interface AnalyticsSize {
  products: number;
  users: number;
}

/** So many products, the first ones, have figures in every bucket that is kept; so many users did most. */
export const busyProducts = ({ products }: AnalyticsSize): number => Math.ceil(products / 1_000);
export const busyUsers = 10;

/** The id of the n-th product or user, from 1. */
export const shopId = (n: number): string => `0198c1de-3b00-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** Of `n`, in SQL. */
const idOf = (n: string) => `('0198c1de-3b00-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
const figures = 'views, likes, carts, purchases, units, returned_units, gross_minor, refunded_minor';
const sums = figures.replaceAll(/\w+/g, 'sum($&)');
const counts = Array(6).fill(`case currency when '' then floor(random() * 10) else 0 end`).join();
const money = Array(2).fill(`case currency when '' then 0 else floor(random() * 100000) end`).join();

/** How many buckets back figures go. */
const spans = {
  minute: { start: `date_trunc('minute', now(), 'UTC')`, length: '1 minute', buckets: 2_880 },
  hour: { start: `date_trunc('hour', now(), 'UTC')`, length: '1 hour', buckets: 2_160 },
  day: { start: `date_trunc('day', now(), 'UTC')`, length: '24 hours', buckets: 730 },
} as const;
/** A product that is not busy has figures in so many of them, and money in every fourth of these. */
const ofOneProduct = { minute: 10, hour: 30, day: 40 } as const;

/**
 * Fills the tables of the analytics service that queries and the folding read, as its projections would, in the order of
 * time: 102 rows of rollups for each product, 11,540 for a busy one. Returns how many rollup rows there are.
 */
export const fillTables = async (sql: postgres.Sql, size: AnalyticsSize): Promise<number> => {
  await sql.unsafe(
    `set transaction_timeout = 0; set synchronous_commit = off; set max_parallel_workers_per_gather = 0; select setseed(0.5)`,
  );
  await fillProducts(sql, size);
  await fillUsers(sql, size);
  await fillShop(sql, size);
  await fillTypes(sql);
  await fillShopDays(sql, size);
  await sql.unsafe('vacuum analyze');
  const [{ rows }] = await sql<[{ rows: number }]>`
    select (select count(*) from product_rollups) + (select count(*) from sales_rollups)
      + (select count(*) from activity_rollups) as rows`;
  return Number(rows);
};

/** Activities by type, larger buckets as sums of the smaller ones as far back as these are kept. */
const fillTypes = async (sql: postgres.Sql): Promise<void> => {
  const types = `select 'type-' || n as type from generate_series(1, 100) as n`;
  const keptFrom = (granularity: string) =>
    `(select kept_from from rollup_retention where granularity = '${granularity}')`;
  const random = (granularity: string, from: string, to: string, most: number) => `
    select '${granularity}'::rollup_granularity, bucket, type, floor(1 + random() * ${most})
    from generate_series(${from}, ${to}, interval '1 ${granularity}') as bucket cross join (${types}) as types`;
  const summed = (from: string, granularity: string) => `
    select '${granularity}'::rollup_granularity, date_trunc('${granularity}', bucket, 'UTC'), type, sum(count) from activity_rollups
    where granularity = '${from}' and bucket >= ${keptFrom(from)} group by 1, 2, 3`;
  const [minutes, hours] = [keptFrom('minute'), keptFrom('hour')];
  for (const rows of [
    random('minute', minutes, spans.minute.start, 1_000),
    `${random('hour', hours, `${minutes} - interval '1 hour'`, 60_000)} union all ${summed('minute', 'hour')}`,
    `${random('day', `${spans.day.start} - interval '729 days'`, `${hours} - interval '1 day'`, 1_440_000)}
      union all ${summed('hour', 'day')}`,
    `select 'all'::rollup_granularity, timestamptz 'epoch', type, sum(count) from activity_rollups
      where granularity = 'day' group by type`,
  ])
    await sql.unsafe(`insert into activity_rollups (granularity, bucket, type, count) ${rows} order by 2, 3`);
  await sql.unsafe(`
    insert into activity_totals (granularity, bucket, count)
    select granularity, bucket, sum(count) from activity_rollups group by 1, 2`);
};

/** The same days as those of a shop in Berlin, which nobody reads while `shop_time_zone` says UTC. */
const fillShopDays = async (sql: postgres.Sql, size: AnalyticsSize): Promise<void> => {
  for (const [table, columns] of [
    ['product_rollups', `product_id, currency, ${figures}`],
    ['sales_rollups', `currency, ${figures.replace('views, likes, carts, ', '')}`],
    ['activity_rollups', 'type, count'],
    ['activity_totals', 'count'],
  ])
    await sql.unsafe(`
      insert into ${table} (granularity, bucket, ${columns})
      select 'shop_day', bucket at time zone 'UTC' at time zone 'Europe/Berlin', ${columns} from ${table}
      where granularity = 'day' ${table === 'product_rollups' ? `and product_id <= ${idOf(`${busyProducts(size)}`)}` : ''}
      order by 2`);
};

const fillProducts = async (sql: postgres.Sql, size: AnalyticsSize): Promise<void> => {
  await sql.unsafe(`
    insert into products (product_id, state_version, name, deleted, name_version)
    select ${idOf('n')}, 1, 'Product ' || n, false, 1 from generate_series(1, ${size.products}) as n`);
  for (const [granularity, { start, length, buckets }] of Object.entries(spans)) {
    const own = ofOneProduct[granularity as keyof typeof spans];
    const step = granularity === 'day' ? 1 : Math.floor(buckets / own);
    await sql.unsafe(`
      insert into product_rollups (granularity, product_id, bucket, currency, ${figures})
      select '${granularity}', ${idOf('n')}, ${start} - back * interval '${length}', currency, ${counts}, ${money}
      from generate_series(1, ${size.products}) as n
        cross join lateral generate_series(
          case when n <= ${busyProducts(size)} then ${buckets - 1} else n % ${step} + ${step * (own - 1)} end, 0,
          case when n <= ${busyProducts(size)} then -1 else -${step} end) as back
        cross join (values (''), ('USD')) as currencies (currency)
      where currency = '' or n <= ${busyProducts(size)} or (back / ${step} + n) % 4 = 0
      order by back desc`);
  }
  await sql.unsafe(`
    update ranking_windows set until = date_trunc('minute', now(), 'UTC') where length is not null;
    insert into product_windows (window_name, product_id, currency, ${figures})
    select name, product_id, currency, ${sums}
    from ranking_windows join product_rollups
      on granularity = (case when length is null then 'day' else begins_with::text end)::rollup_granularity
      and (length is null or (bucket >= until - length and bucket < until))
    group by name, product_id, currency;
    update product_rankings set stale = true`);
};

const fillUsers = async (sql: postgres.Sql, size: AnalyticsSize): Promise<void> => {
  const users = `generate_series(1, ${size.users}) as n`;
  const ofBusy = (many: number, few: number) =>
    `generate_series(1, case when n <= ${busyUsers} then ${many} else ${few} end)`;
  await sql.unsafe(`
    insert into users (user_id, state_version, deleted, last_active_minute)
    select ${idOf('n')}, 1, false, date_trunc('minute', now(), 'UTC') - n % 43200 * interval '1 minute' from ${users};
    insert into user_activity (user_id, type, count, first_seen, last_seen)
    select ${idOf('n')}, 'type-' || t, floor(1 + random() * 100), now() - interval '30 days', now()
    from ${users} cross join lateral ${ofBusy(100, 2)} as t;
    insert into user_products (user_id, product_id, interactions, purchases)
    select ${idOf('n')}, ${idOf(`1 + (n + p) % ${size.products}`)}, floor(1 + random() * 20), floor(random() * 3)
    from ${users} cross join lateral ${ofBusy(10_000, 2)} as p
    order by random()
    on conflict (user_id, product_id) do nothing;
    insert into user_revenue (user_id, currency, gross_minor, refunded_minor)
    select ${idOf('n')}, 'USD', floor(random() * 100000), 0 from ${users}`);
};

/** What is kept for the whole shop; its size is the same for any shop. */
const fillShop = async (sql: postgres.Sql, size: AnalyticsSize): Promise<void> => {
  for (const [granularity, { start, length, buckets }] of Object.entries(spans)) {
    const back = `generate_series(0, ${buckets - 1}) as back`;
    const bucket = `${start} - back * interval '${length}'`;
    await sql.unsafe(`
      insert into sales_rollups (granularity, bucket, currency, ${figures.replace('views, likes, carts, ', '')})
      select '${granularity}', ${bucket}, currency, 30, 60, 1, 90000, 100
      from ${back} cross join (values ('EUR'), ('GBP'), ('USD')) as currencies (currency);
      insert into last_active_counts (granularity, bucket, users) select '${granularity}', ${bucket}, 20 from ${back};
      insert into funnel_counts (granularity, bucket, step, users)
      select '${granularity}', ${bucket}, step, 20
      from ${back} cross join unnest(array['view', 'add_to_cart', 'purchase']) as step`);
  }
  await sql.unsafe(`
    insert into sales_rollups (granularity, bucket, currency, ${figures.replace('views, likes, carts, ', '')})
    select 'all', 'epoch', currency, case currency when 'USD' then 900000 else 300000 end, 1200000, 10000, 900000000,
      1000000
    from unnest(array['EUR', 'GBP', 'USD']) as currency;
    insert into last_active_counts (granularity, bucket, users) values ('all', 'epoch', ${size.users});
    insert into funnel_counts (granularity, bucket, step, users)
    select 'all', 'epoch', step, ${size.users} from unnest(array['view', 'add_to_cart', 'purchase']) as step;
    insert into active_user_counts (granularity, bucket, users)
    select period::rollup_granularity, date_trunc(period, now(), 'UTC') - back * ('1 ' || period)::interval, ${size.users / 10}
    from unnest(array['day', 'week', 'month']) as period cross join generate_series(0, 729) as back;
    insert into cohort_counts (cohort, week, users)
    select now_week - cohort * interval '7 days', now_week - week * interval '7 days', ${size.users / 1_000}
    from date_trunc('week', now(), 'UTC') as now_week cross join generate_series(0, 103) as cohort
      cross join lateral generate_series(0, cohort) as week;
    insert into entity_counts (entity, present, ever)
    values ('user', ${size.users}, ${size.users}), ('product', ${size.products}, ${size.products})
    on conflict (entity) do update set present = excluded.present, ever = excluded.ever;
    insert into experiment_variants (experiment, variant, users, clicks, clicking_users, purchases, purchasing_users)
    select 'bench', 'variant-' || n, ${size.users / 10}, 4000, 3000, 900, 800 from generate_series(1, 8) as n;
    insert into experiments (name, settings)
    select 'bench', jsonb_build_object('start', '2026-01-01T00:00:00.000Z', 'share', 1, 'click_ms', 1800000,
      'purchase_ms', 86400000, 'variants', jsonb_agg('variant-' || n order by n)) from generate_series(1, 8) as n`);
};
