#!/bin/sh
# Makes what infra/compose/secure.yml mounts into the containers: certificates, passwords, and the keys that tokens are
# signed with. A container gets a folder of its own. What is there already stays, so it may run at any time.
#   infra/compose/secure.sh [NAME…]     names or addresses that clients know this machine by, beside localhost
#   SECRETS=./.souk/secure              the folder; nobody else may enter it, so the files in it may be read by anybody
# A certificate of your own goes into user/tls.pem and user/tls.key, and so on: it is served without a restart.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
export SECRETS="${SECRETS:-$root/.souk/secure}"
names=$(printf ',%s' "$@" | sed 's/,$//')
services='user product recommendation analytics'
servers="$services console"
brokers='kafka-1 kafka-2 kafka-3'
kafka_users="broker admin $services orders souk"
compose() {
  if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}

mkdir -p "$SECRETS"
chmod 700 "$SECRETS"
cd "$SECRETS"
umask 022
for folder in $brokers postgres redis redis-limits $servers topics souk grafana passwords; do mkdir -p "$folder"; done
mkdir -p -m 777 keys public-keys

with_names=
for name in $brokers $servers; do with_names="$with_names $name$names"; done
# shellcheck disable=SC2086
"$root/infra/compose/certificates.sh" certificates $with_names postgres redis redis-limits
cp certificates/ca.pem ca.pem
# copy NAME TO: what a server shows.
copy() {
  [ -f "$1/$2.pem" ] || cp "certificates/$1.pem" "$1/$2.pem"
  [ -f "$1/$2.key" ] || cp "certificates/$1.key" "$1/$2.key"
  chmod 644 "$1/$2.pem" "$1/$2.key"
}
for name in $servers; do copy "$name" tls; done
for name in postgres redis redis-limits; do copy "$name" server; done
for name in $brokers; do cat "certificates/$name.key" "certificates/$name.pem" >"$name/server.pem"; done
for folder in $brokers redis redis-limits $servers topics souk; do cp ca.pem "$folder/ca.pem"; done
chmod 644 ca.pem ./*/ca.pem

# password NAME: the same each time it is asked for.
password() {
  [ -f "passwords/$1" ] || openssl rand -hex 24 >"passwords/$1"
  cat "passwords/$1"
}
hash() { printf %s "$1" | openssl dgst -sha256 -r | cut -d' ' -f1; }

{
  echo 'KafkaServer {'
  echo '  org.apache.kafka.common.security.plain.PlainLoginModule required'
  echo "  username=\"broker\" password=\"$(password kafka-broker)\""
  for user in $kafka_users; do echo "  user_$user=\"$(password "kafka-$user")\""; done
  printf '  ;\n};\n'
} >users.jaas
for name in $brokers; do cp users.jaas "$name/users.jaas"; done
rm users.jaas
for user in $services souk; do password "kafka-$user" >"$user/kafka-password"; done
password kafka-souk >console/kafka-password
password kafka-admin >topics/kafka-password

password postgres >postgres/postgres
for service in $services; do
  for role in "${service}_service" "${service}_service_owner"; do
    password "$role" >"postgres/$role"
    file=$service/database-url
    [ "$role" = "${service}_service" ] || file=$service/owner-database-url
    echo "postgres://$role:$(password "$role")@postgres:5432/souk?sslmode=verify-full&sslrootcert=/run/souk/ca.pem" >"$file"
  done
done
cp user/database-url souk/database-url

cache=redis/users.acl limits=redis-limits/users.acl
for file in "$cache" "$limits"; do
  printf 'user default off\nuser health on nopass resetchannels -@all +ping\n' >"$file"
done
echo "user recommendation on #$(hash "$(password redis-recommendation)") resetchannels ~souk:recommendation:* -@all +get +set +ping +info" >>"$cache"
echo "rediss://recommendation:$(password redis-recommendation)@redis:6379" >recommendation/redis-url
for service in $services; do
  secret=$(password "redis-limits-$service")
  echo "user $service on #$(hash "$secret") resetchannels ~souk:limit:$service:* -@all +get +set +ping +info +eval +evalsha +time" >>"$limits"
  echo "rediss://$service:$secret@redis-limits:6379" >"$service/limits-url"
done
password grafana >grafana/password
[ -f product/payment-secrets ] || echo "test=$(password payment-test)" >product/payment-secrets

[ -f keys/signing-keys.json ] || compose -f "$root/docker-compose.yml" -f "$root/infra/compose/secure.yml" \
  run --rm --no-deps souk keys rotate --settle 0
echo "certificates, passwords and keys are in $SECRETS"
