#!/bin/sh
# First start of the database container: the roles and schemas of the services. There is one for every variable
# NAME_SERVICE_PASSWORD, or NAME_SERVICE_PASSWORD_FILE with the file that holds it, as the image's own
# POSTGRES_PASSWORD does; with NAME_SERVICE_OWNER_PASSWORD the schema has an owner of its own.
set -eu
services=$(env | sed -n 's/^\([A-Z][A-Z_]*\)_SERVICE_PASSWORD\(_FILE\)\{0,1\}=.*/\1/p' | sort -u)
: "${services:?set NAME_SERVICE_PASSWORD for every service}"
roles= passwords=
# add_password ROLE NAME: from the variable NAME, or the file that NAME_FILE names. Fails where there is neither.
add_password() {
  role=$1 name=$2
  eval "password=\${$name:-} file=\${${name}_FILE:-}"
  if [ "$password" ] && [ "$file" ]; then
    echo "$name and ${name}_FILE are both given: one of them is needed" >&2
    exit 1
  fi
  [ -z "$file" ] || password=$(cat "$file")
  [ "$password" ] || return 1
  passwords="$passwords select set_config('souk.${role}_password', '$(
    printf %s "$password" | sed "s/'/''/g"
  )', false);"
}
for service in $services; do
  role=$(echo "${service}_service" | tr A-Z a-z)
  roles=${roles:+$roles,}$role
  add_password "$role" "${service}_SERVICE_PASSWORD" ||
    { echo "set ${service}_SERVICE_PASSWORD or ${service}_SERVICE_PASSWORD_FILE" >&2; exit 1; }
  add_password "${role}_owner" "${service}_SERVICE_OWNER_PASSWORD" || true
done
{ printf '%s\n' "select set_config('souk.roles', '$roles', false);" "$passwords" && cat /souk/init.sql; } |
  psql -v ON_ERROR_STOP=1 --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" --quiet --output /dev/null
