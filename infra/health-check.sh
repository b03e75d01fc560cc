#!/bin/bash
# The health check of a container: whether traffic should come here. Status 0 or 1. Node is started for TLS alone: with
# it the question costs a fifth of a second of processor time, every ten seconds in every container.
[[ -z ${TLS_CERT_FILE:-} ]] || exec node infra/health-check.mjs
exec 3<>"/dev/tcp/127.0.0.1/$PORT" || exit 1
printf 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _ status _ <&3 && [[ $status == 200 ]]
