-- The scores by the one other half-life or set of weights that an experiment compares; empty without one, and then
-- nothing of it is in an index.
alter table products
  add column other_weight double precision not null default 0 check (other_weight >= 0 and other_weight < 'infinity'),
  add column other_log_weight double precision
    check (other_log_weight > '-infinity' and other_log_weight < 'infinity'),
  add column other_trend double precision[] not null default '{}';

create index products_other_popular on products (other_weight desc, product_id)
  where available and other_log_weight is not null;
create index products_other_popular_by_category on products (category, other_weight desc, product_id)
  where available and other_log_weight is not null;
create index products_other_trending on products (other_log_weight desc, product_id)
  where available and other_log_weight is not null;
create index products_other_trending_by_category on products (category, other_log_weight desc, product_id)
  where available and other_log_weight is not null;
