-- The activity types that are told apart; any further one counts as `other`. No rebuild empties this: which types
-- are told apart is decided once, so that a rebuild gives the same tables.
create table activity_types (
  type text primary key
);
insert into activity_types (type) values ('view'), ('like'), ('add_to_cart'), ('purchase');

-- Products that only activity names, and since when. The catalogue's events may come later; what they never name is
-- removed from the tables of products after a while.
create table unknown_products (
  product_id uuid primary key,
  first_seen timestamptz(3) not null default now()
);
create index unknown_products_by_first_seen on unknown_products (first_seen);
insert into unknown_products (product_id)
select distinct product_id from product_rollups
where granularity = 'day' and not exists (select from products where products.product_id = product_rollups.product_id);
insert into projection_tables (name) values ('unknown_products');
