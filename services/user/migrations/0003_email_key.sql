-- What makes two e-mails one: Unicode's full case folding over compatibility forms. The collation is built into
-- Postgres, so the locale of the server does not count. Twice: a folded letter may have a compatibility form again.
create function email_key(email text) returns text
  language sql immutable strict parallel safe
  return normalize(casefold(
    normalize(casefold(normalize(email, NFKC) collate pg_unicode_fast), NFKC) collate pg_unicode_fast), NFKC);

alter table users
  add column email_key text collate "C" not null generated always as (email_key(email)) stored,
  -- An older account has the same key: both are from before there were keys, and both are kept.
  add column shares_email boolean not null default false;

update users set shares_email = true
from users as older
where older.email_key = users.email_key and (older.created_at, older.id) < (users.created_at, users.id);

-- The index before took ida@ and İda@ for one, and ΝΙΚΟΣ@ and νικος@ for two.
drop index users_email_key;
create unique index users_email_key on users (email_key) where not shares_email;
-- Also finds those that share one.
create index users_by_email_key on users (email_key);
