-- Cohorts are counted from what is here; the funnel begins empty, and a rebuild fills it.

-- An older version of the service, which would not count, must not add anything from here on: what it applies is waited
-- for, and then the statements that it writes with fail with an unknown name, which it takes for an outage.
lock table consumer_positions in exclusive mode;
alter table active_users rename column granularity to period;

-- How many registered users whose first week is `cohort` were active in each week.
create table cohort_counts (
  cohort timestamptz(3) not null,
  week timestamptz(3) not null,
  users bigint not null,
  primary key (cohort, week)
) with (fillfactor = 50);
insert into cohort_counts (cohort, week, users)
select cohort, week, count(*)
from (
  select user_id, min(bucket) over (partition by user_id) as cohort, bucket as week
  from active_users where period = 'week'
) as active join users using (user_id)
where state_version > 0 and not deleted
group by cohort, week;

-- What can still decide how far a user came: the first view of each minute, and the times of carts.
create table funnel_views (
  user_id uuid not null,
  minute timestamptz(3) not null,
  first_at timestamptz(3) not null,
  primary key (user_id, minute)
);
create table funnel_carts (
  user_id uuid not null,
  at timestamptz(3) not null,
  primary key (user_id, at)
);

-- The minute of the newest view; of the newest one that a cart followed; of the newest one that a cart and then a
-- purchase followed.
create table user_funnels (
  user_id uuid primary key,
  last_cart timestamptz(3),
  last_purchase timestamptz(3),
  viewed timestamptz(3),
  carted timestamptz(3),
  bought timestamptz(3)
) with (fillfactor = 80);

-- How many registered users have that minute in each bucket, for each step.
create table funnel_counts (
  granularity rollup_granularity not null,
  bucket timestamptz(3) not null,
  step text not null,
  users bigint not null,
  primary key (granularity, bucket, step)
) with (fillfactor = 50);

insert into projection_tables (name) values
  ('cohort_counts'), ('funnel_views'), ('funnel_carts'), ('user_funnels'), ('funnel_counts');
