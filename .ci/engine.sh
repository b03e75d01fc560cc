#!/usr/bin/env bash
# Starts Docker's engine where none answers, or stops the one that this script started.
#   engine.sh start [options of dockerd]     engine.sh stop
# Needs root. ENGINE_STATE: the folder for its log and process id.
set -euo pipefail
state=${ENGINE_STATE:-/run/souk-engine}
answers() { docker info >/dev/null 2>&1; }

start() {
  answers && return
  mkdir -p "$state"
  setsid dockerd "$@" >"$state/dockerd.log" 2>&1 </dev/null &
  local pid=$! tries
  echo "$pid" >"$state/pid"
  for ((tries = 0; tries < 240; tries++)); do
    answers && { echo "Docker engine $(docker info -f '{{.ServerVersion}}, {{.Driver}}') started"; return; }
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.25
  done
  echo 'The Docker engine does not start:' >&2
  tail -20 "$state/dockerd.log" >&2
  return 1
}

stop() {
  [[ -f $state/pid ]] || return 0
  local pid
  pid=$(<"$state/pid")
  [[ $(ps -o comm= -p "$pid") == dockerd ]] && kill -TERM "$pid" && timeout 60 tail --pid="$pid" -f /dev/null
  rm -f "$state/pid"
}

"$@"
