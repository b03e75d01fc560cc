-- The same functions as before, for tables of a build beside, too: partitions belong into the schema of their table.

create or replace function create_time_partition(
  parent regclass, time_column name, partition name, from_time timestamptz, to_time timestamptz, fill_percent int
) returns void language plpgsql security definer set search_path from current as $$
declare
  parent_name constant text := (select relname from pg_class where oid = parent);
  schema_name constant text := (select nspname from pg_class join pg_namespace n on n.oid = relnamespace where pg_class.oid = parent);
  columns constant text := (
    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = parent and attnum > 0 and not attisdropped and attgenerated = '');
begin
  if partition !~ format('^%s_\d{8}$', parent_name) then
    raise exception 'no name of a partition of %: %', parent_name, partition using errcode = 'insufficient_privilege';
  end if;
  execute format('lock table %s in access exclusive mode', parent);
  execute format('create table %I.%I (like %s including all) with (fillfactor = %s)', schema_name, partition, parent, fill_percent);
  execute format(
    'with strayed as (delete from %7$I.%1$I where %2$I >= %3$L and %2$I < %4$L returning %5$s)
       insert into %7$I.%6$I (%5$s) select %5$s from strayed',
    parent_name || '_default', time_column, from_time, to_time, columns, partition, schema_name);
  execute format('alter table %s attach partition %I.%I for values from (%L) to (%L)', parent, schema_name, partition, from_time, to_time);
  perform grant_partition(parent, partition);
end
$$;

create or replace function grant_partition(parent regclass, partition name) returns void
language plpgsql set search_path from current as $$
declare
  schema_name constant text := (select nspname from pg_class join pg_namespace n on n.oid = relnamespace where pg_class.oid = parent);
  privilege text;
begin
  if session_user = current_user then return; end if;
  foreach privilege in array array['select', 'insert', 'update', 'delete', 'truncate'] loop
    if has_table_privilege(session_user, parent, privilege) then
      execute format('grant %s on %I.%I to %I', privilege, schema_name, partition, session_user);
    end if;
  end loop;
end
$$;

create or replace function drop_time_partition(parent regclass, partition name) returns void
language plpgsql security definer set search_path from current as $$
declare
  parent_name constant text := (select relname from pg_class where oid = parent);
  found constant regclass := (
    select inhrelid from pg_inherits join pg_class on oid = inhrelid where inhparent = parent and relname = partition);
begin
  if partition !~ format('^%s_\d{8}$', parent_name) or found is null
    or not coalesce(has_table_privilege(session_user, parent, 'delete')
      or to_date(right(partition, 8), 'YYYYMMDD') < current_date - case parent_name when 'outbox' then 1 when 'audit' then 30 end, false)
  then
    raise exception '% may not drop % of %', session_user, partition, parent_name using errcode = 'insufficient_privilege';
  end if;
  execute format('drop table %s', found);
end
$$;
