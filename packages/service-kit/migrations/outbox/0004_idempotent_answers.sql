-- What requests with an Idempotency-Key were answered, stored in the transaction of what they wrote. Neither the key nor
-- the payload can be read from it: the key is hashed, and it is the secret of the payload's fingerprint.
create table idempotent_answers (
  -- SHA-256 of the caller, the route and the key.
  id bytea not null,
  created_at timestamptz not null default now(),
  -- HMAC-SHA-256 of the payload, under the key.
  fingerprint bytea not null,
  status smallint not null,
  headers json not null,
  -- Null when it was not kept: it held a secret, was too large, or its user has been erased.
  body text,
  -- The user whose personal data the body holds.
  user_id uuid,
  primary key (id, created_at)
) partition by range (created_at);
create index idempotent_answers_user on idempotent_answers (user_id) where user_id is not null;
create table idempotent_answers_default partition of idempotent_answers default;
