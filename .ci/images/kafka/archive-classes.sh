#!/bin/bash
# Runs Kafka once and keeps the classes it loaded, ready-made (as the image apache/kafka does), so that it starts in
# half the time. Without the archive the same run script works, so it could be missing unnoticed: then this fails.
set -euo pipefail
export KAFKA_CLASSES_ARCHIVE=create
/etc/kafka/docker/run >/tmp/archive.log 2>&1 &
for ((tries = 0; tries < 240; tries++)); do
  (: </dev/tcp/127.0.0.1/9092) 2>/dev/null && break
  sleep 0.25
done
kill -TERM $!
# 128 + SIGTERM: it ended as it was told to.
wait $! || (($? == 143))
ls -l /opt/kafka/classes/{storage,kafka}.jsa
rm -rf /tmp/kraft-combined-logs/* /tmp/archive.log
