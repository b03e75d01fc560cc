#!/usr/bin/env bash
# Backup and restore as infra/k8s/README.md has it, on the mesh of Compose that runs: a base backup under load, with an
# archive of the log; a moment; more activity, orders on the topic, and a user who is deleted; Postgres as it was at the
# moment, and every step after it. All services are in this one Postgres, so consumers go back with the owners. Every
# command ends by itself, and every wait is bounded.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/compose/project.sh
began=$SECONDS
equal_within_s=60
work=$(mktemp -d)
trap '[[ -z $load_pid ]] || kill -KILL "$load_pid"; rm -rf "$work"' EXIT
volume=/var/lib/postgresql

# In the project's node: Node 24, and the packages of the workspace.
node24() { node infra/bootstrap/run.mjs node "$@"; }
# What may be done any number of times: on a busy machine a broker may not answer in the seconds that a command gives it.
patiently() {
  local tries
  for ((tries = 1; tries < 5; tries++)); do "$@" 2>"$work/error.log" && return; done
  "$@" || fail "$*" >&2
}
shop() { patiently node24 .ci/compose/restore.mjs "$@"; }
advance() { compose run --rm -T topics node packages/souk/src/main.ts outbox advance "$1" --database-url "$(database_of "$1")"; }
in_kafka() { docker exec "$(container kafka-1)" /opt/kafka/bin/"$1" --bootstrap-server kafka-1:19092 "${@:2}"; }
# The address of a service's own role, as docker-compose.yml has it.
database_of() {
  local password=${1^^}_SERVICE_PASSWORD
  echo "postgres://${1}_service:${!password:-laptop-only}@postgres:5432/souk"
}

# One line for each table of the owners: its rows and their checksum. How far relay and consumers are moves by itself.
contents() {
  psql <<'SQL'
select format('select %L, count(*), md5(string_agg(t::text, chr(10) order by t::text)) from %s t', oid::regclass, oid::regclass)
from pg_class where relnamespace in ('user_service'::regnamespace, 'product_service'::regnamespace)
  and relkind in ('r', 'p') and not relispartition and relname not in ('outbox_cursor', 'consumer_positions')
order by oid::regclass::text \gexec
SQL
}

# until_equal WHAT WANTED STATEMENT
until_equal() {
  local deadline=$((SECONDS + equal_within_s)) found
  until found=$(psql -c "$3") && [[ $found == "$2" ]]; do
    ((SECONDS < deadline)) || fail "$1: $found instead of $2"
    sleep 0.5
  done
}

# The archive and the backup are in the volume of Postgres, which is enough for a rehearsal.
docker exec -u postgres "$(container postgres)" mkdir "$volume/archive"
psql -q -c 'alter system set archive_mode = on' \
  -c "alter system set archive_command = 'test ! -f $volume/archive/%f && cp %p $volume/archive/%f'" \
  -c "alter system set restore_command = 'cp $volume/archive/%f %p'"
compose restart postgres >/dev/null 2>&1
until_well postgres $services
say 'Postgres archives its log'

gone=$(shop register)
before_all=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
start_load "$work/kept.json"
# As `pg_basebackup` does. A file that goes away while it is copied is in the log.
psql -q >"$work/backup.log" 2>&1 <<SQL || { cat "$work/backup.log"; fail 'no base backup'; }
select pg_backup_start('rehearsal', true);
\! cp -a $volume/18/docker $volume/backup
\! rm -rf $volume/backup/postmaster.pid $volume/backup/pg_wal/*
select labelfile from pg_backup_stop() \g $volume/backup/backup_label
SQL
shop order restore-kept restore-kept "$gone"
shop order restore-again restore-again guest
stop_load
until_equal 'orders before the moment' 20 "select count(*) from product_service.orders where order_uid like 'restore-%'"
until_level
contents >"$work/wanted"
moment=$(psql -c 'select clock_timestamp()')
kept=$(acknowledged_of "$work/kept.json")
say "a base backup while $kept activities came; the moment: $moment"

start_load "$work/lost.json"
shop order restore-lost restore-again guest
shop erase "$gone"
stop_load
lost=$(acknowledged_of "$work/lost.json")
until_equal 'orders after the moment' 30 "select count(*) from product_service.orders where order_uid like 'restore-%'"
until_level
contents >"$work/changed"
cmp -s "$work/changed" "$work/wanted" && fail 'nothing has changed since the moment'
psql -q -c 'select pg_switch_wal()' >/dev/null
say "since then: $lost activities, 10 orders, a deleted user"

compose stop --timeout 30 $services postgres >/dev/null 2>&1
compose run --rm -T --no-deps --entrypoint bash postgres -euc "
  rm -rf $volume/18/docker
  mv $volume/backup $volume/18/docker
  cd $volume/18/docker
  touch recovery.signal
  echo \"recovery_target_time = '$moment'\" >>postgresql.auto.conf
  echo \"recovery_target_action = promote\" >>postgresql.auto.conf
  chown --reference=PG_VERSION recovery.signal backup_label" >"$work/put-back.log" 2>&1 ||
  { cat "$work/put-back.log"; fail 'the backup cannot be put back'; }
compose start postgres >/dev/null 2>&1
until_well postgres
until_equal 'recovery goes on' f 'select pg_is_in_recovery()'
contents | diff "$work/wanted" - || fail 'the tables are not what they were at the moment'
say "restored to the moment: $(wc -l <"$work/wanted") tables are what they were"

for owner in user product; do
  patiently advance "$owner" | tee "$work/$owner.advanced"
done
unknown=$(sed -n 's/^ *\([0-9,]*\)  user.activity_recorded.*/\1/p' "$work/user.advanced" | tr -d ,)
((unknown >= lost)) || fail "advance knows of $unknown activities that the database lacks, not of $lost"
patiently in_kafka kafka-consumer-groups.sh --group product --topic orders --reset-offsets --to-datetime "$before_all" --execute
compose start $services >/dev/null 2>&1
until_well $services
# From outside: in open mode a service takes no request under a name that is not the machine's own.
patiently node24 packages/souk/src/main.ts erasures replay --user-url "$SMOKE_USER_URL" --brokers "127.0.0.1:$KAFKA_1_PORT"
say 'advanced, offsets reset, started, erasures replayed'

start_load "$work/new.json"
shop order restore-new restore-kept guest
until_equal 'orders, once each' 40 "select count(*) from product_service.orders where order_uid like 'restore-%'"
stop_load
new=$(acknowledged_of "$work/new.json")
# What the owners lack the consumers know; orders that are placed again are counted again.
of_lost() { node -p "const { users, products } = JSON.parse(fs.readFileSync(process.argv[1], 'utf8')); $1" "$work/lost.json"; }
of_lost "[...users, ...products].join('\n')" >"$work/allowed"
psql -c "select id from product_service.products where sku = 'restore-again'" >>"$work/allowed"
until_level "$work/allowed"
until_equal 'activities that the owner lacks, counted once' "$lost" \
  "select sum(count) from analytics_service.user_activity where user_id = any ('{$(of_lost 'users.join()')}')"
until_equal 'the deleted user' '0 0 10' "select concat_ws(' ',
  (select count(*) from user_service.users where id = '$gone'),
  (select count(*) from analytics_service.user_activity where user_id = '$gone'),
  (select count(*) from product_service.orders where order_uid like 'restore-kept-%' and redacted_at is not null))"
shop numbers
say "restored in $((SECONDS - began)) s: $new new activities counted once, $lost lost ones still known, 40 orders stored once"
