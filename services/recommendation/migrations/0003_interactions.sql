-- The key of a product in the tables of interactions: 52 bits of a hash of its id, small, the same after every rebuild,
-- and exact as a number of JavaScript (interactions/keys.ts makes the same).
alter table products add column product_key bigint not null
  generated always as (('x' || substr(encode(sha256(uuid_send(product_id)), 'hex'), 1, 13))::bit(52)::bigint) stored,
  add constraint products_product_key unique (product_key),
  -- How many shoppers have the product in their history.
  add column shoppers integer not null default 0 check (shoppers >= 0),
  -- What log_weight is made of, as sums of whole numbers that can be taken back exactly: bucket, amount, bucket, amount …
  add column trend double precision[] not null default '{}';

-- The newest interactions of each shopper (a user, or an order of nobody known), newest first, in 15 bytes each (interactions/history-codec.ts).
-- A deleted user stays as a row without a history: nothing is recorded under the id again.
create table shoppers (
  shopper_key bigint primary key,
  history bytea
) with (fillfactor = 80);
alter table shoppers alter column history set storage plain;

-- The same from the side of the products: one row for each product in a history, by the hour of the newest
-- interaction. Read from the newest on, by the index alone: so it is vacuumed soon after inserts.
create table product_shoppers (
  product_key bigint not null,
  hour integer not null,
  shopper_key bigint not null,
  primary key (product_key, hour, shopper_key)
) with (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);

insert into projection_tables (name) values ('shoppers'), ('product_shoppers');
