-- What machines log in with. The secret is not kept, only its SHA-256.
create table api_keys (
  id uuid primary key,
  name text not null,
  scopes text[] not null,
  secret_hash bytea not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
