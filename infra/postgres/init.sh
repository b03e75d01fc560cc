#!/bin/sh
# First start of the database container: the roles and schemas of the services. There is one for every variable
# NAME_SERVICE_PASSWORD, or NAME_SERVICE_PASSWORD_FILE with the file that holds it, as the image's own
# POSTGRES_PASSWORD does.
set -eu
services=$(env | sed -n 's/^\([A-Z][A-Z_]*\)_SERVICE_PASSWORD\(_FILE\)\{0,1\}=.*/\1/p' | sort -u)
: "${services:?set NAME_SERVICE_PASSWORD for every service}"
roles= passwords=
for service in $services; do
  name=${service}_SERVICE_PASSWORD
  eval "password=\${$name:-} file=\${${name}_FILE:-}"
  if [ "$password" ] && [ "$file" ]; then
    echo "$name and ${name}_FILE are both given: one of them is needed" >&2
    exit 1
  fi
  [ -z "$file" ] || password=$(cat "$file")
  : "${password:?set $name or ${name}_FILE}"
  role=$(echo "${service}_service" | tr A-Z a-z)
  roles=${roles:+$roles,}$role
  passwords="$passwords select set_config('souk.${role}_password', '$(
    printf %s "$password" | sed "s/'/''/g"
  )', false);"
done
{ printf '%s\n' "select set_config('souk.roles', '$roles', false);" "$passwords" && cat /souk/init.sql; } |
  psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet --output /dev/null
