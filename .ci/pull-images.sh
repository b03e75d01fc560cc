#!/usr/bin/env bash
# Pulls the images of others that docker-compose.yml and infra/Dockerfile name, where their registry can be reached;
# stand-in-images.sh then builds none.
set -euo pipefail
cd "$(dirname "$0")/.."
sed -nE 's#^ *(image: \$\{\w+:-|ARG \w+=)([a-z/-]+:[A-Za-z0-9._-]+).*#\2#p' docker-compose.yml infra/Dockerfile |
  grep -vE '^(grafana|jaegertracing|kafbat)/' | sort -u |
  xargs -n1 docker pull -q
