-- Sums of activity per bucket of event time, in UTC. Every activity is in one minute, one hour and one day.
create type granularity as enum ('minute', 'hour', 'day');

-- Revenue is numeric: one activity may be worth 10^18 minor units, and a sum that overflowed would refuse
-- every later purchase of its bucket.
create table product_rollups (
  granularity granularity not null,
  product_id uuid not null,
  bucket timestamptz(3) not null,
  views bigint not null,
  likes bigint not null,
  carts bigint not null,
  purchases bigint not null,
  units bigint not null,
  revenue_minor numeric(38, 0) not null,
  primary key (granularity, product_id, bucket)
);

-- For rankings: everything of a stretch of time, whatever the product.
create index product_rollups_by_time on product_rollups (granularity, bucket);

-- What was bought, whatever the product and also without one.
create table sales_rollups (
  granularity granularity not null,
  bucket timestamptz(3) not null,
  purchases bigint not null,
  units bigint not null,
  revenue_minor numeric(38, 0) not null,
  primary key (granularity, bucket)
);

create table activity_rollups (
  granularity granularity not null,
  bucket timestamptz(3) not null,
  type text not null,
  count bigint not null,
  primary key (granularity, bucket, type)
);
