#!/usr/bin/env bash
# Brings the whole mesh up in containers, waits until it is ready, and tells where everything is.
# Arguments go to `docker compose up`, for example the names of some services only.
set -euo pipefail
cd "$(dirname "$0")/../.."
compose=(docker compose)
docker compose version >/dev/null 2>&1 || compose=(docker-compose)
"${compose[@]}" up --detach --build "$@"

# Prints where a port of a service is on this machine; nothing when it does not run.
address_of() { "${compose[@]}" port "$@" 2>/dev/null | sed 's/^0\.0\.0\.0:/127.0.0.1:/'; }

printf 'Waiting until the services are ready '
services=$(cd services && ls)
for service in $services; do
  address=$(address_of "$service" 8080) || true
  [[ -n $address ]] || continue
  for ((tries = 0; ; tries++)); do
    curl --silent --fail --max-time 5 --output /dev/null "http://$address/ready" && break
    ((tries < 180)) || { echo; echo "$service is not ready after 3 minutes:"; "${compose[@]}" ps; exit 1; }
    printf .
    sleep 1
  done
done
printf '\n\n'
show() {
  local address
  address=$(address_of "$1" "$2") || true
  [[ -z $address ]] || printf '%-15s http://%s\n' "$1" "$address${3:-}"
}
for service in $services; do show "$service" 8080 /docs; done
show grafana 3000
show prometheus 9090
show kafka-ui 8080
show jaeger 16686
echo "Try it: infra/scripts/test-api.sh    Stop it: ${compose[*]} down"
