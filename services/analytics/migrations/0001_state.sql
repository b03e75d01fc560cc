-- Who and what there is: the newest version of each, as the owners' events tell it.

-- A deleted user stays as a tombstone, which keeps late activity from being recorded under the id again.
create table users (
  user_id uuid primary key,
  version bigint not null,
  deleted boolean not null
);

-- A deleted product keeps its last known name for the rankings of its history; null when none was ever seen.
create table products (
  product_id uuid primary key,
  version bigint not null,
  name text,
  deleted boolean not null
);
