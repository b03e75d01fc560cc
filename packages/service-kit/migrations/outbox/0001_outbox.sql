-- Insert-only. The default takes the number after the transaction has its xid, so that whoever can
-- still commit a number up to the fence is visible in pg_stat_activity: see src/outbox/fence.ts.
create sequence outbox_id_seq;

create table outbox (
  id bigint not null default (case when pg_current_xact_id() is not null then nextval('outbox_id_seq') end),
  created_at timestamptz not null default clock_timestamp(),
  event_id uuid not null,
  type text not null,
  key uuid not null,
  data json not null,
  primary key (id, created_at)
) partition by range (created_at);

create table outbox_default partition of outbox default;

-- Where the relay is. log_ends: the last offset acknowledged by the broker, per partition; a broker
-- whose log is shorter than that has lost it.
create table outbox_cursor (
  singleton boolean primary key default true check (singleton),
  last_id bigint not null default 0,
  log_ends jsonb not null default '{}'
);
insert into outbox_cursor default values;
