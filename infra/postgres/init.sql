-- Prepares one database for the services: a role and a schema of the same name for each, with rights on that schema
-- alone. Run it as a superuser, in the database; it may run again at any time.
-- The roles and their passwords come from settings of the session, so that no password is in a file:
--   psql -c "set souk.roles = 'user_service,…'" -c "set souk.user_service_password = '…'" -c … -f init.sql
do $$
declare
  service text;
  services constant text[] := string_to_array(current_setting('souk.roles'), ',');
begin
  execute format('revoke all on database %I from public', current_database());
  revoke all on schema public from public;

  foreach service in array services loop
    if not exists (select from pg_roles where rolname = service) then
      execute format('create role %I', service);
    end if;
    execute format(
      'alter role %I with login nosuperuser nocreatedb nocreaterole noinherit noreplication password %L',
      service, current_setting(format('souk.%s_password', service)));
    execute format('alter role %I set search_path = %I', service, service);
    -- The relay waits for every transaction that has written to the outbox, so none may take long.
    execute format('alter role %I set transaction_timeout = %L', service, '30s');
    -- Without the detail lines of errors, which quote whole rows: an e-mail address belongs in no log.
    execute format('alter role %I set log_error_verbosity = %L', service, 'terse');

    execute format('create schema if not exists %I authorization %I', service, service);
    execute format('revoke all on schema %I from public', service);
    execute format('grant connect on database %I to %I', current_database(), service);
  end loop;
end
$$;
