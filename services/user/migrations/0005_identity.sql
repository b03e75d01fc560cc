-- What an account may do besides what is its own.
alter table users add column roles text[] not null default '{customer}';

-- A session begins with a log-in. It ends with a log-out, with its time, or when a refresh token comes twice.
create table sessions (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);

create index sessions_of_user on sessions (user_id, created_at);

-- Every refresh token that a session has had, as its SHA-256: one that was used and comes again was stolen.
create table refresh_tokens (
  hash bytea primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  used_at timestamptz(3)
);

create index refresh_tokens_of_session on refresh_tokens (session_id);

-- Log-ins that failed, by what they came for and where they came from, both as hashes.
create table login_attempts (
  subject text primary key,
  failures integer not null,
  wait_until timestamptz(3) not null
);

create index login_attempts_oldest on login_attempts (wait_until);
