-- What the consumers hold beside a plain count over the owners' tables. One line for each difference; none is right.
-- Sums are compared of products that are still there: what a deleted user did is erased at its owner and stays in
-- the sums, and only the product of the smoke walk, deleted as well, has such activity.
with interactions as (
  select user_id, product_id, type, coalesce(quantity, 1) as quantity, coalesce(unit_price_minor, 0) as price
  from user_service.events
  union all
  select u.id, product_id, 'purchase', quantity, unit_price_minor
  from product_service.orders join product_service.order_items using (order_uid)
    left join user_service.users u on u.id::text = lower(customer_id)
), sold as (
  select product_id,
    count(*) filter (where type = 'view') as views,
    count(*) filter (where type = 'like') as likes,
    count(*) filter (where type = 'add_to_cart') as carts,
    count(*) filter (where type = 'purchase') as purchases,
    coalesce(sum(quantity * price) filter (where type = 'purchase'), 0) as revenue,
    sum(case type when 'view' then 1 when 'like' then 2 when 'add_to_cart' then 3 when 'purchase' then 5 end) as weight
  from interactions where product_id in (select id from product_service.products) group by product_id
), counted as (
  select product_id, sum(views) as views, sum(likes) as likes, sum(carts) as carts, sum(purchases) as purchases,
    sum(revenue_minor) as revenue
  from analytics_service.product_rollups
  where granularity = 'minute' and product_id in (select id from product_service.products) group by product_id
), did as (
  select user_id, type, count(*) as count from interactions where user_id is not null group by user_id, type
)
select 'analytics: product ' || product_id, sold::text, counted::text
from sold full join counted using (product_id)
where (sold.views, sold.likes, sold.carts, sold.purchases, sold.revenue)
  is distinct from (counted.views, counted.likes, counted.carts, counted.purchases, counted.revenue)
union all
select 'analytics: user ' || user_id || ' ' || type, did.count::text, seen.count::text
from did full join analytics_service.user_activity seen using (user_id, type)
where did.count is distinct from seen.count
union all
select 'analytics: account ' || coalesce(u.id, seen.user_id), u.version::text, seen.state_version::text
from user_service.users u full join (select * from analytics_service.users where state_version > 0 and not deleted) seen on u.id = seen.user_id
where u.version is distinct from seen.state_version
union all
select 'recommendation: product ' || product_id, sold.weight::text, shown.weight::text
from sold join recommendation_service.products shown using (product_id)
where sold.weight is distinct from shown.weight::bigint
union all
select 'recommendation: knows no product ' || id, version::text, null
from product_service.products where not exists (
  select from recommendation_service.products shown
  where shown.product_id = products.id and shown.version = products.version);
