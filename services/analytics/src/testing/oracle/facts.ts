import type { Sql } from '@souk/service-kit/postgres/database.ts';
import { testId } from '../messages.ts';
import type { History } from './history.ts';

/** Off by three quarters of an hour, and without clock changes. */
export const shopZone = 'Asia/Kathmandu';

/**
 * The bare facts of a history as tables and views, for expectations in SQL that share no code with the service: `facts`,
 * `owned_users`, `owned_products`; `bucketed` has each fact once for each kept bucket, `trades` what was bought or came
 * back and its money; `clock` says where windows end. `currency`, USD or BHD, is that of activities, which tell prices in
 * hundredths.
 */
export const createFacts = (sql: Sql, currency: 'USD' | 'BHD' = 'USD') =>
  sql.unsafe(`
    create table clock (until timestamptz);
    create table facts (kind text, user_id uuid, type text, product_id uuid, currency text, quantity bigint,
      unit_price_minor bigint, occurred_at timestamptz(3), line integer, is_whole boolean, shown uuid, variant text);
    create table owned_users (user_id uuid, version bigint, deleted boolean);
    create table owned_products (product_id uuid, version bigint, name text, deleted boolean, name_version bigint);

    -- Which types are told apart is decided once, by whoever comes first; everything else follows from it.
    create view counted as
      select kind, user_id, product_id, occurred_at, quantity, coalesce(currency, '${currency}') as currency,
        case when currency is null then ${currency === 'BHD' ? 10 : 1} else 1 end * unit_price_minor as unit_price_minor,
        case when kind <> 'activity' or type in (select type from activity_types) then type else 'other' end as type
      from facts;
    create view bucketed as
      select period::rollup_granularity as granularity,
        (case period when 'all' then '1970-01-01 00:00Z'
          when 'shop_day' then date_trunc('day', date_trunc('minute', occurred_at, 'UTC'), '${shopZone}')
          else date_trunc(period, occurred_at, 'UTC') end)::timestamptz(3) as bucket, counted.*
      from counted cross join unnest(array['minute', 'hour', 'day', 'shop_day', 'all']) as periods (period)
      where period in ('day', 'shop_day', 'all') or date_trunc(period, occurred_at, 'UTC')
        >= (select kept_from from rollup_retention where granularity::text = period);
    create view trades as
      select counted.*, (kind <> 'return')::integer as purchases,
        case when kind <> 'return' then coalesce(quantity, 1) else 0 end as units,
        case when kind = 'return' then quantity else 0 end as returned_units,
        case when kind <> 'return' then amount else 0 end as gross_minor,
        case when kind = 'return' then amount else 0 end as refunded_minor
      from counted cross join lateral (
        select coalesce(quantity, 1)::numeric(38, 0) * coalesce(unit_price_minor, 0) as amount) as priced
      where type = 'purchase';
    create view interactions_of_present as
      select * from counted where kind <> 'return' and user_id is not null
        and user_id not in (select user_id from owned_users where deleted);
  `);

export const storeFacts = async (sql: Sql, { facts, users, products }: History, now: Date): Promise<void> => {
  await sql`truncate facts, owned_users, owned_products, clock`;
  await sql`insert into clock (until) values (date_trunc('minute', ${now}::timestamptz) + interval '1 minute')`;
  const id = (kind: 'user' | 'product', number: number | null) =>
    number === null ? null : testId(kind, number);
  for (const { kind, user, type, product, currency, quantity, unitPriceMinor, occurredAt, ...more } of facts)
    await sql`
      insert into facts (kind, user_id, type, product_id, currency, quantity, unit_price_minor, occurred_at,
        line, is_whole, shown, variant)
      values (${kind}, ${id('user', user)}, ${type}, ${id('product', product)}, ${currency}, ${quantity},
        ${unitPriceMinor}, ${occurredAt}, ${more.line ?? null}, ${more.isWhole ?? null},
        ${id('product', more.shown ?? null)}, ${more.variant ?? null})`;
  for (const [entity, { version, deleted }] of users)
    await sql`
      insert into owned_users (user_id, version, deleted)
      values (${testId('user', entity)}, ${version}, ${deleted})`;
  for (const [entity, { version, deleted, name, nameVersion }] of products)
    await sql`
      insert into owned_products (product_id, version, name, deleted, name_version)
      values (${testId('product', entity)}, ${version}, ${name}, ${deleted}, ${nameVersion})`;
};
