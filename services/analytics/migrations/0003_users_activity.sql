-- What is known of single users. All of it is erased when the user is deleted.

-- Distinct users per UTC day; weeks and months are made of whole days.
create table active_users (
  bucket timestamptz(3) not null,
  user_id uuid not null,
  primary key (bucket, user_id)
);

create index active_users_by_user on active_users (user_id);

create table user_activity (
  user_id uuid not null,
  type text not null,
  count bigint not null,
  first_seen timestamptz(3) not null,
  last_seen timestamptz(3) not null,
  primary key (user_id, type)
);

-- Who was active in a window that ends now: everybody whose last activity is in it.
create index user_activity_by_last_seen on user_activity (last_seen, first_seen, user_id);

create table user_products (
  user_id uuid not null,
  product_id uuid not null,
  interactions bigint not null,
  purchases bigint not null,
  primary key (user_id, product_id)
);
