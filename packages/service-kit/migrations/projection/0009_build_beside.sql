-- A second set of the tables, in the schema NAME_beside, is built while those here go on serving, and then takes their
-- place in one transaction (projection/beside.ts). A service's role owns nothing, so these functions belong to the owner.

-- Of these the rows wait for further work: a switch waits until the second one has none.
alter table projection_tables add column is_queue boolean not null default false;

-- The settings that the tables depend on: those of the replica that was started last.
alter table projection_generation add column settings jsonb;

-- What the structure of the tables depends on.
create function applied_migrations() returns text language sql stable set search_path from current as $$
  select md5(string_agg(name, ',' order by name)) from schema_migrations
$$;

-- An empty table like the source, with its partitions, indexes, options, constraints and rights under the same names.
create function clone_table(source regclass, target text, parent text) returns void
language plpgsql set search_path from current as $$
declare
  clone constant text := (select format('%I.%I', target, relname) from pg_class where oid = source);
  one record;
begin
  execute (
    select concat_ws(' ', 'create table', clone,
      coalesce('partition of ' || parent || ' ' || pg_get_expr(relpartbound, oid),
        format('(like %s including all excluding indexes)', source)),
      'partition by ' || pg_get_partkeydef(oid), 'with (' || array_to_string(reloptions, ', ') || ')')
    from pg_class where oid = source);
  for one in select inhrelid from pg_inherits where inhparent = source order by inhrelid::regclass::text loop
    perform clone_table(one.inhrelid, target, clone);
  end loop;
  for one in
    select conname, pg_get_constraintdef(c.oid) as constrained, pg_get_indexdef(indexrelid) as indexed
    from pg_index join pg_class i on i.oid = indexrelid
      left join pg_constraint c on conindid = indexrelid and contype in ('p', 'u', 'x')
    where indrelid = source and not i.relispartition
    order by i.relname
  loop
    execute case when one.conname is null
      then regexp_replace(one.indexed, ' ON (ONLY )?\S+ USING ', format(' ON %s USING ', clone))
      else format('alter table %s add constraint %I %s', clone, one.conname, one.constrained) end;
  end loop;
  for one in
    select privilege_type, grantee from pg_class cross join aclexplode(relacl) where oid = source and grantee <> relowner
  loop
    execute format('grant %s on %s to %s', one.privilege_type, clone,
      case one.grantee when 0 then 'public' else one.grantee::regrole::text end);
  end loop;
end
$$;
revoke all on function clone_table from public;

-- Whatever is refused while the second set is built has its right there as well, before it can be sent again; but none
-- is left of what the second set has applied before the service refused it. Stops nothing when the second set is gone.
create function copy_dead_letter() returns trigger language plpgsql set search_path from current as $$
declare
  beside constant text := current_schema() || '_beside';
  next_beside bigint;
begin
  if to_regclass(format('%I.dead_letters', beside)) is null then return null; end if;
  -- Waits for the batch that the builder applies now, and makes its next one wait until this row is seen.
  execute format('select next_offset from %I.consumer_positions where topic = $1 and partition = $2 for update', beside)
    into next_beside using new.topic, new.partition;
  execute format('insert into %I.dead_letters (id, topic, partition, "offset", error_class, refused_at, resolved_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing', beside)
    using new.id, new.topic, new.partition, new."offset", new.error_class, new.refused_at,
      case when next_beside > new."offset" then now() end;
  return null;
end
$$;

-- Begins a build with these settings, or goes on with the one that was begun. Returns the generation of its tables, which no other tables
-- ever have: a negative one.
create function begin_beside(time_limit timestamptz, made_with jsonb) returns bigint
language plpgsql security definer set search_path from current as $$
declare
  live constant text := current_schema();
  beside constant text := live || '_beside';
  table_names constant text[] := array(select name from projection_tables);
  build record;
  one record;
  tied text;
  made bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('souk:beside:' || live, 0));
  if to_regnamespace(quote_ident(beside)) is null then
    raise exception 'there is no schema %: run infra/postgres/init.sql again', beside using errcode = '55000';
  end if;
  if to_regclass(format('%I.build', beside)) is not null then
    execute format('select as_of, migrations, generation, settings from %1$I.build, %1$I.projection_generation', beside) into build;
    if build.as_of is distinct from time_limit or build.migrations <> applied_migrations() or build.settings <> made_with then
      raise exception 'another build was begun, %: drop it first',
        coalesce('as of ' || build.as_of, 'of all events') || case when build.migrations <> applied_migrations() then ' under an older schema'
          when build.settings <> made_with then ' with other settings' else '' end
        using errcode = '55000';
    end if;
    return build.generation;
  end if;

  select string_agg(format('%s of %s', what, relname), ', ' order by relname, what) into tied
  from pg_class as c join (
    select 'a view', refobjid from pg_depend join pg_rewrite r on r.oid = objid and ev_class <> refobjid
      where classid = 'pg_rewrite'::regclass and refclassid = 'pg_class'::regclass
    union select 'a publication', prrelid from pg_publication_rel
    union select 'rights on columns', attrelid from pg_attribute where attacl is not null
    union select 'a row policy', polrelid from pg_policy) as tie (what, relid) on relid = c.oid
  where relnamespace = live::regnamespace;
  if tied is not null then
    raise exception 'the tables built beside would be without these: %', tied using errcode = '55000';
  end if;

  lock table schema_migrations in share mode;
  for one in
    select oid::regclass as source, relname, (
      select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
    from pg_class
    where relnamespace = live::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname not in ('schema_migrations', 'projection_tables')
  loop
    perform clone_table(one.source, beside, null);
    -- Its writers wait until this transaction ends, so none is missed between the copy and the trigger.
    if one.relname = 'dead_letters' then
      create or replace trigger copied_beside after insert on dead_letters for each row execute function copy_dead_letter();
    end if;
    continue when one.relname = any(table_names);
    execute format('insert into %1$I.%2$I (%3$s) select %3$s from %4$s', beside, one.relname, one.columns, one.source);
  end loop;

  -- What clearProjections does (projection/rebuild.ts).
  execute format('update %I.consumer_positions set last_sequence = 0, next_offset = null, first_sequence = null,
    newest_time = null, seen_sequence = case when last_sequence > 2 ^ 48 then seen_sequence
      else greatest(seen_sequence, last_sequence) end', beside);
  execute format('update %I.dead_letters set resolved_at = null', beside);
  execute format('update %I.projection_generation set settings = $1,
    generation = -(extract(epoch from clock_timestamp()) * 1000000)::bigint returning generation', beside)
    into made using made_with;
  execute format('create table %I.build (as_of timestamptz, migrations text not null, begun_at timestamptz not null default now())', beside);
  execute format('insert into %I.build (as_of, migrations) values (%L, applied_migrations())', beside, time_limit);
  execute format('grant select on %I.build to %I', beside, live);
  return made;
end
$$;

-- Deletes what is built beside. The trigger goes last: until then nobody who applies events has to wait for a reader.
create function drop_beside() returns void
language plpgsql security definer set search_path from current set lock_timeout = '300ms' as $$
declare
  one record;
begin
  perform pg_advisory_xact_lock(hashtextextended('souk:beside:' || current_schema(), 0));
  for one in
    select oid::regclass as name from pg_class
    where relnamespace = to_regnamespace(quote_ident(current_schema() || '_beside')) and relkind in ('r', 'p')
      and not relispartition
  loop
    execute format('drop table %s', one.name);
  end loop;
  execute 'drop trigger if exists copied_beside on dead_letters';
end
$$;

-- Puts the tables that were built beside in the place of those here, which are dropped: a new generation. The caller
-- holds the lock of the positions, and has seen that the second ones are as far. All locks come first: one that cannot be
-- had within lock_timeout costs nothing but this try.
create function switch_beside() returns void
language plpgsql security definer set search_path from current as $$
declare
  live constant text := current_schema();
  beside constant text := live || '_beside';
  next_generation bigint;
  build record;
  one record;
begin
  execute format('lock table %I.consumer_positions in access exclusive mode', beside);
  execute (
    select 'lock table ' || string_agg(oid::regclass::text, ', ' order by relname, relnamespace) || ' in access exclusive mode'
    from pg_class
    where relnamespace in (live::regnamespace, beside::regnamespace) and relkind in ('r', 'p') and not relispartition
      and relname not in ('schema_migrations', 'projection_tables'));
  -- Not before: a migration that changes one of the tables may have ended just now.
  execute format('select as_of, migrations from %I.build', beside) into build;
  if build.as_of is not null or build.migrations <> applied_migrations() then
    raise exception 'the tables built beside %: they cannot take over', case
      when build.as_of is not null then 'are those of ' || build.as_of else 'have the structure of an older schema' end
      using errcode = '55000';
  end if;
  select generation + 1 into next_generation from projection_generation;
  execute format('drop table %I.build', beside);
  for one in
    select format('%I', relname) as name, relispartition from pg_class
    where relnamespace = beside::regnamespace and relkind in ('r', 'p')
    order by relispartition
  loop
    if not one.relispartition then execute format('drop table %I.%s', live, one.name); end if;
    execute format('alter table %I.%s set schema %I', beside, one.name, live);
  end loop;
  update projection_generation set generation = next_generation;
end
$$;
