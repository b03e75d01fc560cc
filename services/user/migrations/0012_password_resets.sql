-- Tokens by which a forgotten password is replaced, as their SHA-256: each is good once.
create table password_resets (
  hash bytea primary key,
  user_id uuid not null references users (id) on delete cascade,
  expires_at timestamptz(3) not null
);

create index password_resets_of_user on password_resets (user_id, expires_at);
