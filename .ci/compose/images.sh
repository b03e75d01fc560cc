#!/usr/bin/env bash
# Builds the images of docker-compose.yml that this repository has, and those they stand on where those are missing.
# Needs root, a running Docker engine, Compose, and the workspace installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/compose/project.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT

.ci/stand-in-images.sh
say 'images to build on are there'
# The first one alone: it compiles what the others then have.
{ compose build topics && compose build --parallel console $services; } >"$log" 2>&1 ||
  { tail -40 "$log"; fail 'the images do not build'; }
say 'images of the services are built'
for image in souk console $services; do
  echo "  souk/$image: $(($(docker image inspect -f '{{.Size}}' "souk/$image") / 1000000)) MB"
done
