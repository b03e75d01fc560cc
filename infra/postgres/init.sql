-- Prepares one database for the services: for each a schema, a role of the same name, which the service comes as, and
-- a role NAME_owner, which owns the schema and changes it. The service's role reads and writes rows alone. Without a
-- password for the owner there is none, and the service's role owns its schema itself. Run it as a superuser, in the
-- database. It may run again at any time; what a service's role has owned so far goes over to the owner.
-- The roles and their passwords come from settings of the session, so that no password is in a file:
--   psql -c "set souk.roles = 'user_service,…'" -c "set souk.user_service_password = '…'" \
--     -c "set souk.user_service_owner_password = '…'" -c … -f init.sql
do $$
declare
  service text;
  role text;
  owner text;
  services constant text[] := string_to_array(current_setting('souk.roles'), ',');
begin
  execute format('revoke all on database %I from public', current_database());
  revoke all on schema public from public;

  foreach service in array services loop
    owner := service;
    if coalesce(current_setting(format('souk.%s_owner_password', service), true), '') <> '' then
      owner := service || '_owner';
    end if;

    foreach role in array array(select distinct unnest(array[service, owner])) loop
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I', role);
      end if;
      execute format(
        'alter role %I with login nosuperuser nocreatedb nocreaterole noinherit noreplication password %L',
        role, current_setting(format('souk.%s_password', role)));
      execute format('alter role %I set search_path = %I', role, service);
      -- Without the detail lines of errors, which quote whole rows: an e-mail address belongs in no log.
      execute format('alter role %I set log_error_verbosity = %L', role, 'terse');
      execute format('grant connect on database %I to %I', current_database(), role);
    end loop;
    -- The relay waits for every transaction that has written to the outbox, so none may take long.
    execute format('alter role %I set transaction_timeout = %L', service, '30s');

    execute format('create schema if not exists %I authorization %I', service, owner);
    execute format('revoke all on schema %I from public', service);
    -- For tables that are built while those in use go on serving (`souk rebuild --beside`); empty otherwise.
    execute format('create schema if not exists %I authorization %I', service || '_beside', owner);
    execute format('revoke all on schema %I from public', service || '_beside');
    if owner <> service then
      execute format('reassign owned by %I to %I', service, owner);
      execute format('grant usage on schema %I, %I to %I', service, service || '_beside', service);
    end if;
  end loop;
end
$$;
