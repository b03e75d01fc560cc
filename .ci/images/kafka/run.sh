#!/bin/bash
# KAFKA_… variables become server.properties as in the image apache/kafka: KAFKA_NODE_ID is node.id,
# three underscores are a hyphen, two are an underscore.
set -euo pipefail
properties=/opt/kafka/config/server.properties
: >"$properties"
defaults=1
while IFS='=' read -r -d '' name value; do
  case $name in
    KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_JVM_PERFORMANCE_OPTS | KAFKA_LOG4J_OPTS | KAFKA_JMX_OPTS | KAFKA_CLASSES_ARCHIVE) continue ;;
    KAFKA_*) ;;
    *) continue ;;
  esac
  [[ $name == KAFKA_PROCESS_ROLES ]] && defaults=0
  key=${name#KAFKA_}
  key=${key//___/$'\x01'}
  key=${key//__/$'\x02'}
  key=${key//_/.}
  key=${key//$'\x01'/-}
  key=${key//$'\x02'/_}
  printf '%s=%s\n' "${key,,}" "$value" >>"$properties"
done < <(env -0)
if ((defaults)); then
  # What the image does without any configuration: one node that is broker and controller.
  cat >>"$properties" <<'PROPERTIES'
node.id=1
process.roles=broker,controller
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
advertised.listeners=PLAINTEXT://localhost:9092
controller.listener.names=CONTROLLER
controller.quorum.voters=1@localhost:9093
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.dirs=/tmp/kraft-combined-logs
PROPERTIES
fi
# The archive of classes is valid for exactly this order of the jars.
jars=$(printf '%s:' /opt/kafka/libs/*.jar)
# As for the suites: what runs for minutes never wins back what the second compiler costs.
java=(java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$jars" -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.properties)
archive() {
  if [[ ${KAFKA_CLASSES_ARCHIVE:-} == create ]]; then
    echo "-XX:ArchiveClassesAtExit=/opt/kafka/classes/$1.jsa"
  else
    echo "-XX:SharedArchiveFile=/opt/kafka/classes/$1.jsa -Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off"
  fi
}
cat >/opt/kafka/config/log4j2.properties <<'LOG'
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
LOG
# shellcheck disable=SC2046,SC2086
{
  "${java[@]}" $(archive storage) kafka.tools.StorageTool format --ignore-formatted \
    --cluster-id "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" --config "$properties"
  exec "${java[@]}" $(archive kafka) ${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G} ${KAFKA_OPTS:-} kafka.Kafka "$properties"
}
