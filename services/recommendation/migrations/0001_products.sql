-- What is recommended. The state columns come from the catalogue's events, the score columns from activity;
-- either may come first, so a row may have a score before it has a name.
create table products (
  product_id uuid primary key,
  -- The version of the state; 0 while only activity is known. A deleted product stays, without its name:
  -- its version keeps an older state from bringing it back.
  version bigint not null default 0,
  name text,
  price_minor bigint,
  currency text,
  category text,
  available boolean not null default false,
  -- The sum of all weights, and the logarithm of their forward-decayed sum (null without activity).
  weight double precision not null default 0 check (weight >= 0 and weight < 'infinity'),
  log_weight double precision check (log_weight > '-infinity' and log_weight < 'infinity'),
  constraint available_products_are_complete check (
    not available or (name is not null and price_minor is not null and currency is not null)
  )
);

-- The answers in their orders: the first rows of a scan, whatever the number of products.
create index products_popular on products (weight desc, product_id) where available;
create index products_popular_by_category on products (category, weight desc, product_id) where available;
create index products_trending on products (log_weight desc nulls last, product_id) where available;
create index products_trending_by_category
  on products (category, log_weight desc nulls last, product_id) where available;

-- The settings that the scores were made with: sums of other settings cannot be added to them.
create table scoring (
  only_row boolean primary key default true check (only_row),
  settings jsonb not null
);
