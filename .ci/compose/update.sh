#!/usr/bin/env bash
# The build before, with two containers of each service, is updated to this one under load: the old ones on the schema
# that the new ones migrate, each replaced in turn. No request fails, and nothing is lost or counted twice. Leaves the
# project running, and the images of the build before as souk/NAME:previous. Needs the images of this build.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/compose/project.sh
export COMPOSE_FILE=docker-compose.yml:.ci/compose/two-builds.yml COMPOSE_PATH_SEPARATOR=:
export USER_PORT=0 PRODUCT_PORT=0 RECOMMENDATION_PORT=0 ANALYTICS_PORT=0
export -f compose
update_within_s=600
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In the project's node: Node 24, and the packages of the workspace.
node24() { timeout "$update_within_s" node infra/bootstrap/run.mjs node "$@"; }

node24 packages/acceptance/src/upgrade/previous-images.ts || fail 'the images of the build before do not build'
say "images of the build before are built"
SOUK_BUILD=previous compose up -d --no-build --scale user=2 --scale product=2 --scale recommendation=2 \
  --scale analytics=2 redis $services >"$work/up.log" 2>&1 || { cat "$work/up.log"; fail 'the build before does not start'; }
say 'two containers of each service of the build before are started'

SOUK_BUILD=latest node24 packages/acceptance/src/rolling-update/main.ts >"$work/report.json" || fail 'the update'
field() { node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$work/report.json" "$1"; }
stored=$(psql -c "select count(*) from user_service.events")
created=$(psql -c "select count(*) from product_service.products where name = 'Of an update'")
[[ $stored == "$(field accepted)" ]] || fail "$(field accepted) activities were acknowledged, $stored are stored"
[[ $created == "$(field created)" ]] || fail "$(field created) products were acknowledged, $created are stored"
until_level
say "updated without a pause: nothing lost, nothing counted twice of $stored activities and $created products"
