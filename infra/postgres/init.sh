#!/bin/sh
# First start of the database container: the roles and schemas of the services. Passwords come from the environment, or
# from the files that NAME_FILE names, as the image's own POSTGRES_PASSWORD does.
set -eu
settings=
for service in user product recommendation analytics; do
  name=$(echo "$service" | tr a-z A-Z)_SERVICE_PASSWORD
  eval "password=\${$name:-} file=\${${name}_FILE:-}"
  if [ "$password" ] && [ "$file" ]; then
    echo "$name and ${name}_FILE are both given: one of them is needed" >&2
    exit 1
  fi
  [ -z "$file" ] || password=$(cat "$file")
  : "${password:?set $name or ${name}_FILE}"
  settings="$settings select set_config('souk.${service}_service_password', '$(
    printf %s "$password" | sed "s/'/''/g"
  )', false);"
done
{ printf '%s\n' "$settings" && cat /souk/init.sql; } |
  psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet --output /dev/null
