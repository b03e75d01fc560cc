-- What each committed batch adds to the products. Appending locks nothing that another partition needs; the figures
-- below are made out of it a moment later. About half a minute for 10,000,000 rows of product_rollups.
create table product_changes (
  bucket timestamptz(3) not null,
  product_id uuid not null,
  views bigint not null,
  likes bigint not null,
  carts bigint not null,
  purchases bigint not null,
  units bigint not null,
  revenue_minor numeric(38, 0) not null
);

-- Only the minutes are looked up by their time: those that enter and leave a window.
drop index product_rollups_by_time;
create index product_rollups_by_minute on product_rollups (bucket) where granularity = 'minute';
alter table product_rollups set (fillfactor = 80);

-- The windows of rankings; each ends at `until` (not included) and is `length` long. `all` has neither.
create table ranking_windows (
  name text primary key,
  length interval,
  until timestamptz(3)
);
insert into ranking_windows (name, length, until) values
  ('1h', '1 hour', date_trunc('hour', now(), 'UTC')), ('24h', '24 hours', date_trunc('hour', now(), 'UTC')),
  ('7d', '168 hours', date_trunc('day', now(), 'UTC')), ('30d', '720 hours', date_trunc('day', now(), 'UTC')),
  ('all', null, null);

-- The sums of each product over each window.
create table product_windows (
  window_name text not null,
  product_id uuid not null,
  views bigint not null,
  likes bigint not null,
  carts bigint not null,
  purchases bigint not null,
  units bigint not null,
  revenue_minor numeric(38, 0) not null,
  primary key (window_name, product_id)
) with (fillfactor = 50);
insert into product_windows
select name, product_id, sum(views), sum(likes), sum(carts), sum(purchases), sum(units), sum(revenue_minor)
from ranking_windows join product_rollups
  on granularity = (case when name in ('1h', '24h') then 'hour' else 'day' end)::rollup_granularity
  and (length is null or (bucket >= until - length and bucket < until))
group by name, product_id;

-- The first of each ranking, the best first.
create table product_rankings (
  window_name text not null,
  metric text not null,
  product_ids uuid[] not null,
  amounts numeric[] not null,
  primary key (window_name, metric)
);

insert into projection_tables (name) values ('product_changes'), ('product_windows'), ('product_rankings');
