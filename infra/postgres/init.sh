#!/bin/sh
# First start of the database container: the roles and schemas of the services. Passwords come from the environment.
set -eu
{
  for service in user product recommendation analytics; do
    name=$(echo "$service" | tr a-z A-Z)_SERVICE_PASSWORD
    eval "password=\${$name:?set $name}"
    printf "select set_config('souk.%s_service_password', '%s', false);\n" \
      "$service" "$(printf %s "$password" | sed "s/'/''/g")"
  done
  cat /souk/init.sql
} | psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet --output /dev/null
