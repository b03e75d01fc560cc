#!/usr/bin/env bash
# The mesh of docker-compose.yml as a user would run it: up, all healthy, smoke, a broker and services killed under
# load, everything counted, down, nothing left. `compose-run.sh all`: before it, updated from the build before; after it,
# restored from a backup. Grafana, Kafka UI and Jaeger are validated and not started: their images cannot be built where
# no image registry is reachable. Needs root, Compose, and the workspace installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/compose/project.sh
run=(kafka-1 kafka-2 kafka-3 postgres redis prometheus $services console)
service_mib_max=150
loadable=$(mktemp -d)

# Prints what every container uses; fails when a service uses more than it may in normal work.
memory() {
  local usage too_much
  usage=$(docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' | grep "^$COMPOSE_PROJECT_NAME[_-]" | sort)
  echo "$usage"
  too_much=$(awk -v max="$service_mib_max" '$1 ~ /[_-]('"${services// /|}"')[_-]/ &&
    ($2 !~ /MiB$/ || $2 + 0 > max)' <<<"$usage")
  [[ -z $too_much ]] || fail "above $service_mib_max MiB: $too_much"
}

# How long after the start of its container a service was ready, by its own log.
ready_after() {
  local id ready started
  id=$(container "$1")
  started=$(docker inspect -f '{{.State.StartedAt}}' "$id")
  ready=$(docker logs --timestamps "$id" 2>&1 | sed -n "s/^\([^ ]*\) .*\"$1 is ready\".*/\1/p" | tail -1)
  node -p '((Date.parse(process.argv[2]) - Date.parse(process.argv[1])) / 1000).toFixed(1)' "$started" "$ready"
}

tidy() {
  local status=$?
  [[ -n $load_pid ]] && kill -KILL "$load_pid" 2>/dev/null
  end_project "$status"
  rm -rf "$loadable"
  exit "$status"
}

# As an out-of-memory kill does it, all at once: the engine is not told, and starts the containers again by their policy.
kill_hard() {
  local victim id deadline=$((SECONDS + healthy_within_s))
  local -A pid
  for victim in "$@"; do pid[$victim]=$(docker inspect -f '{{.State.Pid}}' "$(container "$victim")"); done
  kill -KILL "${pid[@]}"
  say "killed $* (kill -9)"
  for victim in "$@"; do
    id=$(container "$victim")
    until [[ $(docker inspect -f '{{.State.Running}} {{.State.Pid}}' "$id") =~ ^true\ [1-9] &&
      $(docker inspect -f '{{.State.Pid}}' "$id") != "${pid[$victim]}" ]]; do
      ((SECONDS < deadline)) || fail "$victim was not started again"
      sleep 0.5
    done
    until_well "$victim"
    say "$victim is back and healthy"
  done
}

compose config -q || fail 'Compose refuses docker-compose.yml'
say 'docker-compose.yml is valid'
.ci/compose/images.sh
trap tidy EXIT
[[ ${1:-} != all ]] || .ci/compose/update.sh

started=$SECONDS
compose up -d --no-build topics "${run[@]}" >"$loadable/up.log" 2>&1 || { cat "$loadable/up.log"; fail up; }
until_healthy "${run[@]}"
say "all healthy $((SECONDS - started)) s after up"
for service in "${run[@]}"; do
  restarts=$(docker inspect -f '{{.RestartCount}}' "$(container "$service")")
  ((restarts == 0)) || fail "$service was restarted $restarts times while starting"
done
for service in $services; do
  echo "  $service: ready $(ready_after "$service") s after the start of its container"
done
compose run --rm topics node packages/souk/src/main.ts topics apply --check | tail -1

npm run --silent smoke
say 'smoke passed'
memory

start_load "$loadable/load.json"
kill_hard kafka-2 user analytics
stop_load
acknowledged=$(acknowledged_of "$loadable/load.json")
stored=$(psql -c "select count(*) from user_service.events e join user_service.users u on u.id = e.user_id
  where u.email like 'load-%'")
[[ $stored == "$acknowledged" ]] || fail "$acknowledged events were acknowledged, $stored are stored"
until_level
say "nothing lost, nothing counted twice: $acknowledged events acknowledged, stored and counted"
memory

# Brokers that stop all at once wait for each other until they are killed.
compose down --timeout 10 >/dev/null 2>&1
left=$(docker ps -aq --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME")
[[ -z $left ]] || fail "containers are left: $left"
compose up -d --no-build "${run[@]}" >/dev/null 2>&1
until_well "${run[@]}"
kept=$(psql -c "select count(*) from user_service.events")
((kept >= acknowledged)) || fail "after down and up $kept of $acknowledged events are there"
until_level
say 'down and up again: the data are kept'

[[ ${1:-} != all ]] || .ci/compose/restore.sh

compose down --volumes --timeout 0 >/dev/null 2>&1
[[ -z $(docker ps -aq --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME") ]] || fail 'containers are left'
say 'down, nothing left'
