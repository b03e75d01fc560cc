#!/usr/bin/env bash
# The mesh of docker-compose.yml with infra/compose/secure.yml: a shop's first steps by its README, over HTTPS and with
# tokens; then whoever comes in plain text, trusts another authority, has a wrong password or no right is refused by
# each store. After compose-run.sh, which has built the images. Needs root, Compose, and the workspace installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/compose/project.sh
export COMPOSE_FILE=docker-compose.yml:infra/compose/secure.yml COMPOSE_PATH_SEPARATOR=:
folder=$(mktemp -d)
export SECRETS=$folder/secrets
run=(kafka-1 kafka-2 kafka-3 postgres redis redis-limits prometheus $services console)
trap 'status=$?; end_project "$status"; rm -rf "$folder"; exit "$status"' EXIT

souk() { compose run --rm souk "$@" 2>"$folder/souk.log" || { cat "$folder/souk.log"; fail "souk $*"; }; }
# ask SERVICE PATH [TOKEN [BODY]]: the answer; fails unless it is a good one.
ask() {
  local port=${1^^}_PORT token=${3:-} body=${4:-}
  curl -sS -m 30 --fail --cacert "$SECRETS/ca.pem" "https://localhost:${!port}$2" ${token:+-H "authorization: Bearer $token"} \
    ${body:+-H 'content-type: application/json' -d "$body"} || fail "$1 $2"
}
field() { node -p 'JSON.parse(fs.readFileSync(0, "utf8"))[process.argv[1]]' "$1"; }
register() { ask user /api/v1/users '' "{\"email\":\"$1\",\"name\":\"$2\",\"password\":\"$password\"}" | field id; }
# at_console PATH [OPTION…]: the answer, as the page of the operators gets it.
at_console() {
  curl -sS -m 30 --fail --cacert "$SECRETS/ca.pem" -b "$folder/session" -c "$folder/session" \
    "https://localhost:$CONSOLE_PORT/api/$1" "${@:2}" || fail "the console's $1"
}
log_in() { ask user /api/v1/auth/login '' "{\"email\":\"$1\",\"password\":\"$password\"}" | field access_token; }

# refused WHAT PATTERN COMMAND…: the command says so. Its status decides nothing: what was let in says something else.
refused() {
  local said
  said=$("${@:3}" 2>&1 </dev/null || true)
  grep -qE "$2" <<<"$said" || fail "$1 was not refused: $said"
  echo "  refused: $1"
}
inside() { timeout 30 docker exec "$2" "$(container "$1")" "${@:3}"; }
psql_as() { inside postgres -ePGPASSWORD="$1" psql "host=postgres dbname=souk user=user_service $2" -Atc "$3"; }
redis_as() { inside "$1" -eREDISCLI_AUTH="$3" redis-cli --user "$2" --no-auth-warning "${@:4}"; }

started=$SECONDS
infra/compose/secure.sh | tail -1
compose up -d --no-build topics "${run[@]}" >"$folder/up.log" 2>&1 || { cat "$folder/up.log"; fail up; }
until_healthy "${run[@]}"
say "the mesh with everything on is healthy $((SECONDS - started)) s after its secrets were made"

password=$(openssl rand -hex 12)
register ada@example.com Ada >/dev/null
souk auth grant ada@example.com customer admin
admin=$(log_in ada@example.com)
product=$(ask product /api/v1/products "$admin" '{"name":"Brass lamp","price":24.5}' | field id)
shopper=$(register grace@example.com Grace)
token=$(log_in grace@example.com)
ask user /api/v1/events "$token" "{\"user_id\":\"$shopper\",\"type\":\"view\",\"product_id\":\"$product\"}" >/dev/null
for ((tries = 0; tries < 120; tries++)); do
  seen=$(ask recommendation '/api/v1/recommendations?strategy=trending')
  [[ $seen != *"$product"* ]] || break
  sleep 0.5
done
[[ $seen == *"$product"* ]] || fail "no recommendation has what was looked at: $seen"
ask recommendation "/api/v1/users/$shopper/recommendations" "$token" >/dev/null
SOUK_TOKEN=$(souk auth token --scope ops:read) souk status
say 'a product was made by an admin, looked at by a shopper, and is recommended'

at_console session -H 'sec-fetch-site: same-origin' -H 'content-type: application/json' \
  -d "{\"email\":\"ada@example.com\",\"password\":\"$password\"}"
mesh=$(at_console mesh)
operations=$(at_console operations)
[[ $mesh != *unreachable* ]] || fail "the console does not reach a service: $mesh"
[[ $operations != *'"problem":"'* && $operations != *'"partitions":null'* ]] || fail "the console lacks rights: $operations"
say 'the console shows an admin every service and every topic'

infra/compose/certificates.sh "$folder/others" >/dev/null
for store in postgres redis; do install -m 644 "$folder/others/ca.pem" "$SECRETS/$store/others.pem"; done
of_user=$(<"$SECRETS/postgres/user_service")
of_cache=$(<"$SECRETS/passwords/redis-recommendation")
refused 'plain HTTP' '^curl: \((1|52|56)\)' curl -sS -m 30 "http://localhost:$USER_PORT/live"
refused 'HTTPS by another authority' '^curl: \(60\)' curl -sS -m 30 --cacert "$folder/others/ca.pem" "https://localhost:$USER_PORT/live"
refused 'no token' ' 401$' curl -sS -m 30 --cacert "$SECRETS/ca.pem" -w ' %{http_code}' "https://localhost:$USER_PORT/api/v1/users/$shopper"
refused 'the console without a log-in' ' 401$' curl -sS -m 30 --cacert "$SECRETS/ca.pem" -w ' %{http_code}' "https://localhost:$CONSOLE_PORT/api/mesh"
refused 'metrics without a token' ' 404$' curl -sS -m 30 --cacert "$SECRETS/ca.pem" -w ' %{http_code}' "https://localhost:$USER_PORT/metrics"
refused 'Postgres in plain text' 'no encryption' psql_as "$of_user" sslmode=disable 'select 1'
refused 'Postgres by another authority' 'certificate verify failed' psql_as "$of_user" 'sslmode=verify-full sslrootcert=/run/souk/others.pem' 'select 1'
refused 'a wrong password for Postgres' 'password authentication failed' psql_as wrong sslmode=require 'select 1'
refused "another service's table" 'permission denied' psql_as "$of_user" sslmode=require 'select from product_service.products'
refused 'a new table' 'permission denied' psql_as "$of_user" sslmode=require 'create table mine ()'
refused 'Redis in plain text' 'reset|closed|I/O' redis_as redis recommendation "$of_cache" ping
refused 'Redis by another authority' 'certificate verify failed' redis_as redis recommendation "$of_cache" --tls --cacert /run/souk/others.pem ping
refused 'a wrong password for Redis' 'WRONGPASS' redis_as redis recommendation wrong --tls --cacert /run/souk/ca.pem ping
refused "a key of another's in Redis" 'NOPERM' redis_as redis recommendation "$of_cache" --tls --cacert /run/souk/ca.pem get souk:limit:x
refused 'a command of Redis that no service needs' 'NOPERM' redis_as redis recommendation "$of_cache" --tls --cacert /run/souk/ca.pem flushall
node infra/bootstrap/run.mjs node .ci/compose/kafka-refusals.mjs || fail 'Kafka took what it has to refuse'
say 'everybody else is refused'
