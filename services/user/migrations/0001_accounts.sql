-- The personal data of the shop live here and nowhere else: no event carries them.
create table users (
  id uuid primary key,
  email text not null,
  name text not null,
  first_name text not null,
  last_name text not null,
  password_hash text,
  cart jsonb not null,
  version bigint not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

-- The collation is named, so that the case of every letter is known whatever the locale of the server.
create unique index users_email_key on users (lower(email collate "pg_c_utf8"));
