-- Revenue per currency, returns, and rollups in partitions that can be dropped. About a minute and a half for 10,000,000
-- rows of product_rollups; whoever reads waits for the last moment of it alone.

-- An older version of the service, which knows of neither, must not add anything from here on: what it applies is waited
-- for, and then its statements fail with an unknown name, which it takes for an outage.
lock table consumer_positions in exclusive mode;
select pg_advisory_xact_lock(hashtextextended('souk:analytics:products', 0));
alter table users rename column last_active to last_active_minute;

-- From when on buckets of a granularity are kept. What is added to an older one is left out.
create table rollup_retention (
  granularity rollup_granularity primary key,
  kept_from timestamptz(3) not null
);
insert into rollup_retention (granularity, kept_from) values
  ('minute', date_trunc('day', now() - interval '48 hours', 'UTC')),
  ('hour', date_bin('15 days', now() - interval '90 days', 'epoch')),
  ('day', '-infinity'), ('all', '-infinity');

-- Rows without a currency ('') hold counts, rows with one hold money.
create table product_rollups_new (
  granularity rollup_granularity not null,
  product_id uuid not null,
  bucket timestamptz(3) not null,
  currency text not null,
  views bigint not null,
  likes bigint not null,
  carts bigint not null,
  purchases bigint not null,
  units bigint not null,
  returned_units bigint not null,
  gross_minor numeric(38, 0) not null,
  refunded_minor numeric(38, 0) not null,
  primary key (granularity, product_id, bucket, currency)
) partition by list (granularity);

-- For versions before this one revenue_minor is still there to be read.
create table sales_rollups_new (
  granularity rollup_granularity not null,
  bucket timestamptz(3) not null,
  currency text not null,
  purchases bigint not null,
  units bigint not null,
  returned_units bigint not null,
  gross_minor numeric(38, 0) not null,
  refunded_minor numeric(38, 0) not null,
  revenue_minor numeric(38, 0) generated always as (gross_minor - refunded_minor) virtual,
  primary key (granularity, bucket, currency)
) partition by list (granularity);

create table activity_rollups_new (
  granularity rollup_granularity not null,
  bucket timestamptz(3) not null,
  type text not null,
  count bigint not null,
  primary key (granularity, bucket, type)
) partition by list (granularity);

-- Partitions as the service itself goes on creating them: a day of minutes, 15 days of hours.
do $$
declare
  name text; step text; length interval; starts timestamptz; fill int;
begin
  foreach name in array array['product_rollups', 'sales_rollups', 'activity_rollups'] loop
    fill := case name when 'product_rollups' then 80 else 50 end;
    execute format('create table %I partition of %I for values in (''day'', ''all'') with (fillfactor = %s)',
      name || '_day', name || '_new', fill);
    for step, length in values ('minute', interval '1 day'), ('hour', interval '15 days') loop
      execute format('create table %I partition of %I for values in (%L) partition by range (bucket)',
        name || '_' || step, name || '_new', step);
      execute format('create table %I partition of %I default with (fillfactor = %s)',
        name || '_' || step || '_default', name || '_' || step, fill);
      select kept_from into starts from rollup_retention where granularity::text = step;
      while starts < now() + 2 * length loop
        execute format('create table %I partition of %I for values from (%L) to (%L) with (fillfactor = %s)',
          name || '_' || step || to_char(starts at time zone 'UTC', '_YYYYMMDD'), name || '_' || step,
          starts, starts + length, fill);
        starts := starts + length;
      end loop;
    end loop;
  end loop;
end $$;

-- Amounts of before are in no known currency: a rebuild tells them apart.
insert into product_rollups_new (granularity, product_id, bucket, currency, views, likes, carts, purchases, units,
  returned_units, gross_minor, refunded_minor)
select granularity, product_id, bucket, '', views, likes, carts, purchases, units, 0, 0, 0
from product_rollups join rollup_retention using (granularity) where bucket >= kept_from
union all
select granularity, product_id, bucket, 'USD', 0, 0, 0, 0, 0, 0, revenue_minor, 0
from product_rollups join rollup_retention using (granularity) where bucket >= kept_from and revenue_minor > 0;
insert into sales_rollups_new (granularity, bucket, currency, purchases, units, returned_units, gross_minor,
  refunded_minor)
select granularity, bucket, 'USD', purchases, units, 0, revenue_minor, 0
from sales_rollups join rollup_retention using (granularity) where bucket >= kept_from;
insert into activity_rollups_new (granularity, bucket, type, count)
select granularity, bucket, type, count
from activity_rollups join rollup_retention using (granularity) where bucket >= kept_from;

-- Windows are moved on by the minutes that enter; the beginning of a longer one moves by whole hours, which are kept.
alter table ranking_windows add column begins_with rollup_granularity not null default 'minute';
alter table ranking_windows alter column begins_with drop default;
update ranking_windows set begins_with = 'hour' where name in ('7d', '30d');
update ranking_windows set until = date_trunc('hour', now(), 'UTC') where length is not null;
create table product_windows_new (
  window_name text not null,
  product_id uuid not null,
  currency text not null,
  views bigint not null,
  likes bigint not null,
  carts bigint not null,
  purchases bigint not null,
  units bigint not null,
  returned_units bigint not null,
  gross_minor numeric(38, 0) not null,
  refunded_minor numeric(38, 0) not null,
  primary key (window_name, product_id, currency)
) partition by list (window_name);
do $$
declare name text;
begin
  foreach name in array array['1h', '24h', '7d', '30d', 'all'] loop
    execute format('create table %I partition of product_windows_new for values in (%L) with (fillfactor = 50)',
      'product_windows_' || name, name);
  end loop;
end $$;
insert into product_windows_new
select name, product_id, currency, sum(views), sum(likes), sum(carts), sum(purchases), sum(units), 0, sum(gross_minor), 0
from ranking_windows join product_rollups_new
  on granularity = (case when length is null then 'day' else 'hour' end)::rollup_granularity
  and (length is null or (bucket >= until - length and bucket < until))
group by name, product_id, currency;

alter table product_changes add column currency text not null default 'USD',
  add column returned_units bigint not null default 0, add column refunded_minor numeric(38, 0) not null default 0;
alter table product_changes rename column revenue_minor to gross_minor;
alter table product_changes alter column currency drop default, alter column returned_units drop default,
  alter column refunded_minor drop default;
-- Counts and money are rows of their own here too.
insert into product_changes (bucket, product_id, currency, views, likes, carts, purchases, units, returned_units,
  gross_minor, refunded_minor)
select bucket, product_id, '', views, likes, carts, purchases, units, 0, 0, 0 from product_changes;
update product_changes set views = 0, likes = 0, carts = 0, purchases = 0, units = 0 where currency <> '';

-- What a user bought and gave back; of before, a rebuild tells.
create table user_revenue (
  user_id uuid not null,
  currency text not null,
  gross_minor numeric(38, 0) not null,
  refunded_minor numeric(38, 0) not null,
  primary key (user_id, currency)
);
insert into projection_tables (name) values ('user_revenue');

delete from last_active_counts using rollup_retention as kept
where last_active_counts.granularity = kept.granularity and bucket < kept_from;

drop table product_rollups, sales_rollups, activity_rollups, product_windows;
alter table product_rollups_new rename to product_rollups;
alter table sales_rollups_new rename to sales_rollups;
alter table activity_rollups_new rename to activity_rollups;
alter table product_windows_new rename to product_windows;
alter index product_rollups_new_pkey rename to product_rollups_pkey;
alter index sales_rollups_new_pkey rename to sales_rollups_pkey;
alter index activity_rollups_new_pkey rename to activity_rollups_pkey;
alter index product_windows_new_pkey rename to product_windows_pkey;
-- What enters and leaves a window is looked up by its time.
create index product_rollups_by_minute on product_rollups_minute (bucket);
create index product_rollups_by_hour on product_rollups_hour (bucket);

-- A stale ranking is made again of all products; revenue is ranked in one currency.
alter table product_rankings add column stale boolean not null default true, add column currency text;
