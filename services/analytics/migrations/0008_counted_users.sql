-- Counts that were made by reading everything are kept from now on. A migration of 1,000,000 users with 20 days of
-- activity each takes about a minute and a half.

-- An older version of the service, which would not count, must not add anything from here on: what it applies is waited
-- for, and then the statements that it writes with fail with an unknown name, which it takes for an outage.
lock table consumer_positions in exclusive mode;
alter type granularity rename to rollup_granularity;
alter table users rename column version to state_version;
alter table products rename column version to state_version;

-- An id that is known by its activity alone has the version 0. `last_active` is the minute of the newest activity.
alter table users add column last_active timestamptz(3);
insert into users as t (user_id, state_version, deleted, last_active)
select user_id, 0, false, date_trunc('minute', max(last_seen), 'UTC') from user_activity group by user_id
on conflict (user_id) do update set last_active = excluded.last_active where not t.deleted;

-- Users and products there are, and ever were.
create table entity_counts (
  entity text primary key,
  present bigint not null,
  ever bigint not null
);
insert into entity_counts (entity, present, ever)
select 'user', count(*) filter (where not deleted), count(*) from users where state_version > 0
union all
select 'product', count(*) filter (where not deleted), count(*) from products;

-- Active users by day, week and month.
alter table active_users add column granularity rollup_granularity not null default 'day';
alter table active_users alter column granularity drop default;
alter table active_users drop constraint active_users_pkey;
drop index active_users_by_user;
insert into active_users (granularity, bucket, user_id)
select distinct period::rollup_granularity, date_trunc(period, bucket, 'UTC'), user_id
from active_users cross join unnest(array['week', 'month']) as periods (period);
alter table active_users add primary key (user_id, granularity, bucket);

-- How many registered users of active_users each bucket has.
create table active_user_counts (
  granularity rollup_granularity not null,
  bucket timestamptz(3) not null,
  users bigint not null,
  primary key (granularity, bucket)
) with (fillfactor = 50);
insert into active_user_counts (granularity, bucket, users)
select granularity, bucket, count(*) from active_users join users using (user_id)
where state_version > 0 and not deleted group by granularity, bucket;

-- How many registered users have their newest activity in each bucket. Who was active in a window that ends now is
-- whoever has it in the window.
create table last_active_counts (
  granularity rollup_granularity not null,
  bucket timestamptz(3) not null,
  users bigint not null,
  primary key (granularity, bucket)
) with (fillfactor = 50);
insert into last_active_counts (granularity, bucket, users)
select period::rollup_granularity,
  case period when 'all' then timestamptz '1970-01-01 00:00Z' else date_trunc(period, last_active, 'UTC') end, count(*)
from users cross join unnest(array['minute', 'hour', 'day', 'all']) as periods (period)
where state_version > 0 and not deleted and last_active is not null
group by 1, 2;
drop index user_activity_by_last_seen;

-- Everything since the beginning, in one bucket.
insert into sales_rollups (granularity, bucket, purchases, units, revenue_minor)
select 'all', '1970-01-01 00:00Z', sum(purchases), sum(units), sum(revenue_minor)
from sales_rollups where granularity = 'day' having count(*) > 0;
insert into activity_rollups (granularity, bucket, type, count)
select 'all', '1970-01-01 00:00Z', type, sum(count) from activity_rollups where granularity = 'day' group by type;

-- Room for the next version of a row on its own page, so that an update leaves the indexes alone.
alter table users set (fillfactor = 80);
alter table user_activity set (fillfactor = 80);
alter table user_products set (fillfactor = 80);
alter table sales_rollups set (fillfactor = 50);
alter table activity_rollups set (fillfactor = 50);

insert into projection_tables (name) values ('entity_counts'), ('active_user_counts'), ('last_active_counts');
