# For sourcing: a project of Compose with ports of its own, so that it disturbs nothing on the same machine, `npm start`
# neither, and what is asked of its containers.
export COMPOSE_PROJECT_NAME=souk-ci DOCKER_BUILDKIT=0 OTEL_EXPORTER_OTLP_ENDPOINT='' LOG_LEVEL=info
export KAFKA_1_PORT=17091 KAFKA_2_PORT=17092 KAFKA_3_PORT=17093
export POSTGRES_PORT=17432 REDIS_PORT=17379 PROMETHEUS_PORT=17090 CONSOLE_PORT=17084
services=$(cd services && echo *)
port=18080
for service in $services; do
  export "${service^^}_PORT=$port" "SMOKE_${service^^}_URL=http://127.0.0.1:$port"
  port=$((port + 1))
done
healthy_within_s=600
level_within_s=300

# Compose v2 is a part of docker, v1 a program of its own.
compose() { if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi; }
say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
fail() { say "FAILED: $*"; exit 1; }
# Of the engine: Compose takes a second to say it.
container() {
  docker ps -aq --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}
psql() { docker exec -i "$(container postgres)" psql -U postgres -d souk --no-psqlrc -v ON_ERROR_STOP=1 -At "$@"; }

# Waits until each of the given services has a container that the engine calls healthy.
until_healthy() { until_each is_healthy "$@"; }
# The same by asking what the engine asks, which has seconds between its turns.
until_well() { until_each is_well "$@"; }
until_each() {
  local deadline=$((SECONDS + healthy_within_s)) service id
  for service in "${@:2}"; do
    id=$(container "$service")
    until "$1" "$id" >/dev/null 2>&1; do
      ((SECONDS < deadline)) || fail "$service is not healthy after $healthy_within_s s"
      sleep 0.5
    done
  done
}
is_healthy() { [[ $(docker inspect -f '{{.State.Health.Status}}' "$1") == healthy ]]; }
is_well() {
  local check
  mapfile -t check < <(docker inspect -f '{{range .Config.Healthcheck.Test}}{{println .}}{{end}}' "$1" | grep .)
  case ${check[0]:-} in
    CMD) timeout 10 docker exec "$1" "${check[@]:1}" ;;
    CMD-SHELL) timeout 10 docker exec "$1" sh -c "${check[1]}" ;;
    *) return 1 ;;
  esac
}

# The consumers' tables are what the owners' tables say, soon; lines that have a word of the given file do not count.
# A grep that leaves no line says 1, which is what is waited for; a psql that fails is asked again.
until_level() {
  local deadline=$((SECONDS + level_within_s)) all differences
  until all=$(psql <.ci/compose/comparisons.sql) &&
    differences=$(grep -vFf "${1:-/dev/null}" <<<"$all" | grep . || true) && [[ -z $differences ]]; do
    ((SECONDS < deadline)) || { head -20 <<<"$differences"; fail 'the consumers differ from the owners'; }
    sleep 1
  done
}

# Records activity until stop_load, which puts into FILE what was acknowledged: start_load FILE
load_pid=
start_load() {
  load_file=$1
  node .ci/compose/load.mjs >"$load_file" 2>"$load_file.log" &
  load_pid=$!
  until grep -qs started "$load_file.log"; do
    kill -0 "$load_pid" || { cat "$load_file.log"; fail 'the load does not start'; }
    sleep 0.2
  done
}
stop_load() {
  kill -TERM "$load_pid"
  wait "$load_pid" || { cat "$load_file.log"; fail 'the load failed'; }
  load_pid=
}
# How many activities were acknowledged of a load, by its FILE: some.
acknowledged_of() {
  local count
  count=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).events' "$1")
  ((count > 0)) || fail 'nothing of the load was acknowledged' >&2
  echo "$count"
}

# Ends the project and everything of it; when a script fails, after what its containers said last.
end_project() {
  local status=$1
  if ((status != 0)); then compose ps; compose logs --no-color --tail=15; fi
  # Nothing of it is kept, so nobody has to end well.
  compose down --volumes --remove-orphans --timeout 0 >/dev/null 2>&1
}
