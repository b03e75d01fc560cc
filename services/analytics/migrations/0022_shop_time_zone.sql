-- The zone whose days, weeks and months are kept; a rebuild may change it. What is there was counted by the days of UTC.
create table shop_time_zone (
  is_set boolean primary key default true check (is_set),
  zone text not null
);
insert into shop_time_zone (zone) select 'UTC' where exists (select from users) or exists (select from sales_rollups);
insert into projection_tables (name) values ('shop_time_zone');

-- Sums by the shop's days, where these are not those of UTC. Attached, so that no reader waits.
create table product_rollups_shop_day (like product_rollups) with (fillfactor = 80);
create table sales_rollups_shop_day (like sales_rollups including generated) with (fillfactor = 50);
create table activity_rollups_shop_day (like activity_rollups) with (fillfactor = 50);
alter table product_rollups attach partition product_rollups_shop_day for values in ('shop_day');
alter table sales_rollups attach partition sales_rollups_shop_day for values in ('shop_day');
alter table activity_rollups attach partition activity_rollups_shop_day for values in ('shop_day');
insert into rollup_retention (granularity, kept_from) values ('shop_day', '-infinity');
