-- Partitions by time are created and dropped by the owner of the tables. A service's role owns nothing, so it does it
-- through these functions, which do that alone: of a partitioned table TABLE, partitions named TABLE_YYYYMMDD.

-- Rows that came before their partition lie in TABLE_default, and move over.
create function create_time_partition(
  parent regclass, time_column name, partition name, from_time timestamptz, to_time timestamptz, fill_percent int
) returns void language plpgsql security definer set search_path from current as $$
declare
  parent_name constant text := (select relname from pg_class where oid = parent);
  columns constant text := (
    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = parent and attnum > 0 and not attisdropped and attgenerated = '');
begin
  if partition !~ format('^%s_\d{8}$', parent_name) then
    raise exception 'no name of a partition of %: %', parent_name, partition using errcode = 'insufficient_privilege';
  end if;
  execute format('lock table %s in access exclusive mode', parent);
  execute format('create table %I (like %s including all) with (fillfactor = %s)', partition, parent, fill_percent);
  execute format(
    'with strayed as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning %5$s)
       insert into %6$I (%5$s) select %5$s from strayed',
    parent_name || '_default', time_column, from_time, to_time, columns, partition);
  execute format('alter table %s attach partition %I for values from (%L) to (%L)', parent, partition, from_time, to_time);
  perform grant_partition(parent, partition);
end
$$;

-- The session's role may do with a partition what it may do with the table.
create function grant_partition(parent regclass, partition name) returns void
language plpgsql set search_path from current as $$
declare
  privilege text;
begin
  if session_user = current_user then return; end if;
  foreach privilege in array array['select', 'insert', 'update', 'delete', 'truncate'] loop
    if has_table_privilege(session_user, parent, privilege) then
      execute format('grant %s on %I to %I', privilege, partition, session_user);
    end if;
  end loop;
end
$$;
revoke all on function grant_partition from public;

-- Whoever may not delete rows of the table may drop old days alone: of the outbox those that are over since a day, of the
-- audit since 30.
create function drop_time_partition(parent regclass, partition name) returns void
language plpgsql security definer set search_path from current as $$
declare
  parent_name constant text := (select relname from pg_class where oid = parent);
begin
  if partition !~ format('^%s_\d{8}$', parent_name)
    or not exists (select from pg_inherits where inhparent = parent and inhrelid = to_regclass(quote_ident(partition)))
    or not coalesce(has_table_privilege(session_user, parent, 'delete')
      or to_date(right(partition, 8), 'YYYYMMDD') < current_date - case parent_name when 'outbox' then 1 when 'audit' then 30 end, false)
  then
    raise exception '% may not drop % of %', session_user, partition, parent_name using errcode = 'insufficient_privilege';
  end if;
  execute format('drop table %I', partition);
end
$$;
