import { testId } from '../messages.ts';
import { before, type Comparison, money, sinceOf, windows, within } from './comparison.ts';
import { shopZone } from './facts.ts';
import { shownIn } from './history.ts';

interface Item {
  product_id: string;
  value: number;
  bucket: string;
  users: number;
  active_users: number;
  cohort: string;
  cohort_users: number;
  week: string;
  events: object;
  events_total: number;
  revenue_by_currency: object;
  units: number;
  returned_units: number;
}

const product = testId('product', 1);
const user = testId('user', 2);

/** What happened by a condition, as `summary` tells it. */
const happened = (condition: string) => `
  'events', (select coalesce(json_object_agg(type, count), '{}') from (
    select type, count(*) as count from counted where kind = 'activity' and ${condition} group by type) as t),
  'purchases', (select coalesce(sum(purchases), 0) from trades where ${condition}),
  'units', (select coalesce(sum(units), 0) from trades where ${condition}),
  'returned_units', (select coalesce(sum(returned_units), 0) from trades where ${condition}),
  'revenue_by_currency', ${money(condition)}`;

const ofWindows = windows.flatMap((window): Comparison[] => [
  {
    path: `summary?window=${window}`,
    told: ({ users, events, purchases, units, returned_units, revenue_by_currency }) => ({
      ...{ users, events, purchases, units, returned_units, revenue_by_currency },
    }),
    facts: `select json_build_object(
      'users', (select count(*) from owned_users where not deleted), ${happened(within(window))}) as expected`,
  },
  {
    path: `summary?window=${window}`,
    told: ({ active_users }) => active_users,
    facts: `select count(distinct user_id) as expected from interactions_of_present join owned_users using (user_id)
      where occurred_at >= ${sinceOf(window)}`,
  },
  ...(window === 'all'
    ? []
    : [
        {
          path: `summary?window=${window}`,
          told: ({ previous: { events, purchases, units, returned_units, revenue_by_currency } }) => ({
            ...{ events, purchases, units, returned_units, revenue_by_currency },
          }),
          facts: `select json_build_object(${happened(before(window))}) as expected`,
        } satisfies Comparison,
      ]),
  {
    path: `products/top?window=${window}&metric=units&limit=100`,
    told: ({ items }) => items.map(({ product_id, value }: Item) => [product_id, value]),
    facts: `select coalesce(json_agg(json_build_array(product_id, units) order by units desc, product_id), '[]') as expected
      from (select product_id, sum(units) as units from trades where product_id is not null and ${within(window)}
        group by product_id having sum(units) > 0) as sold`,
  },
  {
    path: `funnel?window=${window}`,
    told: ({ items }) => items.map(({ users }: Item) => users),
    facts: `
      with own as (
        select user_id, type, occurred_at from interactions_of_present join owned_users using (user_id)
        where occurred_at >= ${sinceOf(window)}
      ), carts as (
        select user_id, occurred_at from own as cart where type = 'add_to_cart' and exists (select from own as viewed
          where viewed.user_id = cart.user_id and type = 'view' and viewed.occurred_at <= cart.occurred_at)
      )
      select json_build_array(
        (select count(distinct user_id) from own where type = 'view'),
        (select count(distinct user_id) from carts),
        (select count(distinct user_id) from own join carts using (user_id)
          where type = 'purchase' and carts.occurred_at <= own.occurred_at)) as expected`,
  },
]);

const epochMs = (at: string) => `(extract(epoch from ${at}) * 1000)::bigint`;
/** Rows of (bucket, figure) in the order of their buckets, as [milliseconds, figure]. */
const byBucket = (rows: string) => `
  select coalesce(json_agg(json_build_array(${epochMs('bucket')}, figure) order by bucket), '[]') as expected
  from (${rows}) as rows`;
const toldByBucket =
  (figure: (item: Item) => unknown, isEmpty: (item: Item) => boolean) =>
  ({ items }: { items: Item[] }) =>
    items.filter((item) => !isEmpty(item)).map((item) => [Date.parse(item.bucket), figure(item)]);
const between = (from: string, to: string) => `occurred_at >= '${from}' and occurred_at < '${to}'`;
/** The start of the bucket of a zone, of whole minutes. */
const zoned = (unit: string, zone: string) =>
  `date_trunc('${unit}', date_trunc('minute', occurred_at, 'UTC'), '${zone}')`;

const events = (granularity: string, timezone: string | undefined, from: string, to: string): Comparison => ({
  path: `events?granularity=${granularity}&from=${from}&to=${to}${timezone ? `&timezone=${timezone}` : ''}`,
  told: toldByBucket(
    ({ events }) => events,
    ({ events_total }) => events_total === 0,
  ),
  facts: byBucket(`select bucket, json_object_agg(type, count) as figure from (
    select ${zoned(granularity, timezone ?? shopZone)} as bucket, type, count(*) as count from counted
    where kind = 'activity' and ${between(from, to)}
      and occurred_at >= coalesce((select kept_from from rollup_retention where granularity::text = '${granularity}'), '-infinity')
    group by 1, 2) as t group by bucket`),
});

/** From and to are edges of the buckets: midnights there. */
const ofSeries: Comparison[] = [
  events('minute', 'UTC', '2026-02-28T18:00:00Z', '2026-03-01T12:00:00Z'),
  events('hour', 'UTC', '2026-02-20T00:00:00Z', '2026-03-09T00:00:00Z'),
  events('day', undefined, '2025-10-31T18:15:00Z', '2026-03-09T18:15:00Z'),
  events('month', undefined, '2025-09-30T18:15:00Z', '2026-03-31T18:15:00Z'),
  events('week', 'UTC', '2025-10-06T00:00:00Z', '2026-03-16T00:00:00Z'),
  events('day', 'America/New_York', '2026-01-05T05:00:00Z', '2026-03-20T04:00:00Z'),
  ...['America/New_York', shopZone].map((zone): Comparison => {
    const midnight = zone === shopZone ? '18:15:00Z' : '05:00:00Z';
    const [from, to] = [`2026-01-04T${midnight}`, `2026-03-06T${midnight}`];
    const own = `product_id = '${product}' and ${between(from, to)}`;
    return {
      path: `products/${product}?granularity=day&timezone=${zone}&from=${from}&to=${to}`,
      told: ({ items = [] }) =>
        toldByBucket(
          ({ units, returned_units, revenue_by_currency }) => [units, returned_units, revenue_by_currency],
          ({ units, returned_units }) => units + returned_units === 0,
        )({ items }),
      facts:
        byBucket(`select bucket, json_build_array(units, returned_units, ${money(`${own} and ${zoned('day', zone)} = bucket`)}) as figure
        from (select ${zoned('day', zone)} as bucket, sum(units) as units, sum(returned_units) as returned_units
          from trades where ${own} group by 1) as days`),
    };
  }),
  ...['day', 'week', 'month'].map((granularity): Comparison => {
    const [from, to] = ['2025-10-31T18:15:00Z', '2026-03-31T18:15:00Z'];
    return {
      path: `users/active?granularity=${granularity}&from=${from}&to=${to}`,
      told: ({ items, from, to }) => [
        ...[from, to].map(Date.parse),
        toldByBucket(
          ({ active_users }) => active_users,
          ({ active_users }) => active_users === 0,
        )({ items }),
      ],
      facts: `select json_build_array(first, last, (${byBucket(`
        select ${zoned(granularity, shopZone)} as bucket, count(distinct user_id) as figure
        from interactions_of_present join owned_users using (user_id)
        where ${epochMs(zoned(granularity, shopZone))} between first and last - 1 group by 1`)})) as expected
        from (select ${epochMs(`date_trunc('${granularity}', timestamptz '${from}', '${shopZone}')`)} as first,
          ${epochMs(`(date_trunc('${granularity}', timestamptz '${to}' - interval '1 ms', '${shopZone}')
            at time zone '${shopZone}' + interval '1 ${granularity}') at time zone '${shopZone}'`)} as last) as edges`,
    };
  }),
  {
    path: 'cohorts?weeks=104',
    told: ({ items }) =>
      items
        .filter(({ active_users }: Item) => active_users > 0)
        .map(({ cohort, week, active_users, cohort_users }: Item) => [
          ...[cohort, week].map(Date.parse),
          ...[active_users, cohort_users],
        ]),
    facts: `
      with weeks as (
        select distinct user_id, ${zoned('week', shopZone)} as week
        from interactions_of_present join owned_users using (user_id)
      ), cohorts as (
        select user_id, week, min(week) over (partition by user_id) as cohort from weeks
      ), counted as (
        select cohort, week, count(*) as users from cohorts, lateral (
          select date_trunc('week', (select until from clock) - interval '1 minute', '${shopZone}') as newest) as now
        where week <= newest and cohort > newest - interval '104 weeks' group by 1, 2
      )
      select coalesce(json_agg(json_build_array(${epochMs('cohort')}, ${epochMs('week')}, users,
        (select users from counted as first where first.cohort = counted.cohort and first.week = counted.cohort))
        order by cohort, week), '[]') as expected from counted`,
  },
];

const ofUser: Comparison = {
  path: `users/${user}`,
  told: ({ code, events, revenue_by_currency }) =>
    code === 'user_not_found' ? null : { events, revenue_by_currency },
  facts: `select (select json_build_object(
      'events', (select coalesce(json_object_agg(type, count), '{}') from (select type, count(*) as count
        from interactions_of_present where user_id = '${user}' group by type) as t),
      'revenue_by_currency', ${money(`user_id = '${user}'`)})
    from owned_users where user_id = '${user}' and not deleted) as expected`,
};

const { name, clickMs, purchaseMs, startMs, endMs } = shownIn;
const isIn = (until: number) =>
  `occurred_at >= '${new Date(startMs).toISOString()}' and occurred_at < '${new Date(until).toISOString()}'`;

const ofExperiment: Comparison = {
  path: `experiments/${name}`,
  told: ({ variants }) =>
    variants.map((figures: Record<string, unknown>) =>
      ['variant', 'users', 'clicks', 'clicking_users', 'purchases', 'purchasing_users'].map(
        (of) => figures[of],
      ),
    ),
  facts: `
    with present as (
      select * from facts where user_id not in (select user_id from owned_users where deleted)
    ), shown as (
      select user_id, shown as product_id, variant, occurred_at from present
      where variant is not null and ${isIn(endMs)}
    ), done as (
      select user_id, product_id, occurred_at, type = 'purchase' as is_purchase, row_number() over () as number,
        case when type = 'purchase' then ${purchaseMs} else ${clickMs} end * interval '1 ms' as within
      from present where (type in ('view', 'add_to_cart') and ${isIn(endMs + clickMs)})
        or (type = 'purchase' and kind <> 'return' and ${isIn(endMs + purchaseMs)}
          and (line is null or not exists (select from facts as back where back.line = present.line and back.is_whole)))
    ), follows as (
      select distinct number, user_id, is_purchase from done join shown using (user_id, product_id)
      where shown.occurred_at <= done.occurred_at and done.occurred_at - shown.occurred_at <= within
    ), variants as (
      select name, (select count(distinct user_id) from shown where variant = name) as users
      from (values ('control'), ('fast')) as variants (name)
    )
    select json_agg(json_build_array(name, users, clicks, clicking, purchases, purchasing) order by name) as expected
    from variants cross join lateral (
      select count(*) filter (where not is_purchase) as clicks, count(*) filter (where is_purchase) as purchases,
        count(distinct user_id) filter (where not is_purchase) as clicking,
        count(distinct user_id) filter (where is_purchase) as purchasing
      from follows where user_id in (select user_id from shown where variant = name)
    ) as figures`,
};

/** Every answer, each with what it should be. */
export const comparisons: readonly Comparison[] = [...ofWindows, ...ofSeries, ofUser, ofExperiment];
