-- How many activities of any type a bucket holds, so that a series reads one row for each bucket instead of one for each
-- type. What a version before this one counts from here on is missing until a rebuild; whoever reads adds the types up then.
create table activity_totals (
  granularity rollup_granularity not null,
  bucket timestamptz(3) not null,
  count bigint not null,
  primary key (granularity, bucket)
) with (fillfactor = 50);
insert into activity_totals (granularity, bucket, count)
select granularity, bucket, sum(count) from activity_rollups where granularity <> 'all' group by granularity, bucket;
insert into projection_tables (name) values ('activity_totals');
