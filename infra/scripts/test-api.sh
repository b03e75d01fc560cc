#!/usr/bin/env bash
# Walks through the API of a running mesh with curl, showing every answer. HOST: where it runs; USER_PORT and the
# others: from the environment or from .env, as docker compose takes them.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Prints the setting of that name; the given one where there is none.
setting() {
  local found=${!1:-}
  [[ -n $found || ! -f .env ]] || found=$(sed -n "s/^$1=//p" .env | tail -1)
  echo "${found:-$2}"
}
host=${HOST:-localhost}
user=http://$host:$(setting USER_PORT 8080)
product=http://$host:$(setting PRODUCT_PORT 8081)
recommendation=http://$host:$(setting RECOMMENDATION_PORT 8082)
analytics=http://$host:$(setting ANALYTICS_PORT 8083)
run=$(date +%s)-$$
tries=0

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
# Shows the request and its answer, and prints the answer's body; ends the script when the status is not 2xx.
request() {
  local method=$1 url=$2
  shift 2
  say "$method $url"
  local answer
  answer=$(curl --silent --show-error --fail-with-body --max-time 10 -X "$method" "$url" \
    -H 'content-type: application/json' "$@") || { echo "$answer" >&2; exit 1; }
  echo "$answer" >&2
  echo "$answer"
}
id_of() { sed -E 's/^\{"id":"([^"]*)".*/\1/'; }

for url in "$user" "$product" "$recommendation" "$analytics"; do request GET "$url/health" >/dev/null; done
user_id=$(request POST "$user/api/v1/users" -d "{\"email\":\"ada-$run@example.com\",\"name\":\"Ada\"}" | id_of)
product_id=$(request POST "$product/api/v1/products" \
  -d "{\"name\":\"Lamp $run\",\"category\":\"light\",\"price\":24.5}" | id_of)
for type in view like add_to_cart purchase; do
  request POST "$user/api/v1/events" -d "{\"user_id\":\"$user_id\",\"product_id\":\"$product_id\",
    \"type\":\"$type\",\"quantity\":1,\"unit_price\":24.5}" >/dev/null
done
say 'A moment later, the consumers have seen it:'
until curl --silent --fail --max-time 10 --output /dev/null "$analytics/api/v1/analytics/users/$user_id"; do
  ((++tries < 100)) || { echo 'analytics has not heard of it within 20 s' >&2; exit 1; }
  sleep 0.2
done
request GET "$recommendation/api/v1/recommendations?strategy=trending&limit=3" >/dev/null
request GET "$analytics/api/v1/analytics/users/$user_id" >/dev/null
request GET "$analytics/api/v1/analytics/summary?window=1h" >/dev/null
request DELETE "$user/api/v1/users/$user_id" >/dev/null
request DELETE "$product/api/v1/products/$product_id" >/dev/null
say 'Everything answered.'
