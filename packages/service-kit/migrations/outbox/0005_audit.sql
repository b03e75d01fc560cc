-- Who did what to what, and who was refused: a row is never changed. Ids alone, and of the address its network.
create table audit (
  id uuid not null default uuidv7(),
  created_at timestamptz(3) not null default clock_timestamp(),
  -- A user, or a machine's key; `anyone` without a token, `local-operator` where the service is open.
  subject text not null,
  -- The operation as the OpenAPI document calls it.
  action text not null,
  object text not null,
  outcome text not null check (outcome in ('allowed', 'refused')),
  network text not null,
  primary key (id, created_at)
) partition by range (created_at);
create index audit_newest on audit (created_at, id);
create index audit_of_subject on audit (subject, created_at, id);
create index audit_of_object on audit (object, created_at, id);
create table audit_default partition of audit default;
