#!/usr/bin/env bash
# Brings the whole mesh up in containers, waits until it is ready, and tells where everything is.
# Arguments go to `docker compose up`, for example the names of some services only.
set -euo pipefail
cd "$(dirname "$0")/../.."
compose=(docker compose)
docker compose version >/dev/null 2>&1 || compose=(docker-compose)
"${compose[@]}" up --detach --build "$@"
printf 'Waiting until the services are ready '
for port in "${USER_PORT:-8080}" "${PRODUCT_PORT:-8081}" "${RECOMMENDATION_PORT:-8082}" "${ANALYTICS_PORT:-8083}"; do
  for ((tries = 0; ; tries++)); do
    curl --silent --fail --max-time 5 --output /dev/null "http://127.0.0.1:$port/ready" && break
    ((tries < 180)) || { echo; echo "port $port is not ready after 3 minutes:"; "${compose[@]}" ps; exit 1; }
    printf .
    sleep 1
  done
done
cat <<END

user            http://localhost:${USER_PORT:-8080}/docs
product         http://localhost:${PRODUCT_PORT:-8081}/docs
recommendation  http://localhost:${RECOMMENDATION_PORT:-8082}/docs
analytics       http://localhost:${ANALYTICS_PORT:-8083}/docs
Grafana         http://localhost:${GRAFANA_PORT:-3000}
Prometheus      http://localhost:${PROMETHEUS_PORT:-9090}
Kafka UI        http://localhost:${KAFKA_UI_PORT:-9020}
Jaeger          http://localhost:${JAEGER_PORT:-16686}
Try it: infra/scripts/test-api.sh    Stop it: ${compose[*]} down
END
