-- What the consumers hold beside a plain count over the owners' tables. One line for each difference; none is right.
-- Sums are compared of products that are still there: what a deleted user did is erased at its owner and stays in
-- the sums, and only the product of the smoke walk, deleted as well, has such activity.
with interactions as (
  select user_id, user_id::text as shopper, product_id, type, occurred_at, coalesce(quantity, 1) as quantity,
    coalesce(unit_price_minor, 0) as price, false as cancelled, 0 as gone
  from user_service.events
  union all
  select u.id, case when redacted_at is null then coalesce(u.id::text, order_uid) end, product_id, 'purchase',
    placed_at, quantity, unit_price_minor,
    cancelled_quantity + returned_quantity = quantity, cancelled_quantity + returned_quantity
  from product_service.orders join product_service.order_items using (order_uid)
    left join user_service.users u on u.id::text = lower(customer_id)
), sold as (
  select product_id,
    count(*) filter (where type = 'view') as views,
    count(*) filter (where type = 'like') as likes,
    count(*) filter (where type = 'add_to_cart') as carts,
    count(*) filter (where type = 'purchase') as purchases,
    coalesce(sum(quantity * price) filter (where type = 'purchase'), 0) as revenue,
    sum(gone * price) as refunded
  from interactions where product_id in (select id from product_service.products) group by product_id
), counted as (
  select product_id, sum(views) as views, sum(likes) as likes, sum(carts) as carts, sum(purchases) as purchases,
    sum(gross_minor) as revenue, sum(refunded_minor) as refunded
  from analytics_service.product_rollups
  where granularity = 'day' and product_id in (select id from product_service.products) group by product_id
), repeated as (
  -- Of one shopper, deleted ones left out, the newest three of a type with a product, of those the newest 150
  -- (services/recommendation).
  select *, row_number() over (partition by shopper, product_id, type order by occurred_at desc, not cancelled) as repeat
  from interactions join (values ('view', 1), ('like', 2), ('add_to_cart', 3), ('purchase', 5)) as weights (type, weight)
    using (type)
  where product_id is not null and shopper is not null
), recommended as (
  select product_id, sum(weight) as weight
  from (select *, row_number() over (partition by shopper order by occurred_at desc, not cancelled) as place
    from repeated where repeat <= 3) as newest
  where place <= 150 and not cancelled group by product_id
), did as (
  select user_id, type, count(*) as count from interactions where user_id is not null group by user_id, type
)
select 'analytics: product ' || product_id, sold::text, counted::text
from sold full join counted using (product_id)
where (sold.views, sold.likes, sold.carts, sold.purchases, sold.revenue, sold.refunded)
  is distinct from (counted.views, counted.likes, counted.carts, counted.purchases, counted.revenue, counted.refunded)
union all
select 'analytics: user ' || user_id || ' ' || type, did.count::text, seen.count::text
from did full join analytics_service.user_activity seen using (user_id, type)
where did.count is distinct from seen.count
union all
select 'analytics: account ' || coalesce(u.id, seen.user_id), u.version::text, seen.state_version::text
from user_service.users u full join (select * from analytics_service.users where state_version > 0 and not deleted) seen on u.id = seen.user_id
where u.version is distinct from seen.state_version
union all
select 'recommendation: product ' || product_id, recommended.weight::text, shown.weight::text
from recommended join recommendation_service.products shown using (product_id)
where recommended.weight is distinct from shown.weight::bigint
union all
select 'recommendation: knows no product ' || id, version::text, null
from product_service.products where not exists (
  select from recommendation_service.products shown
  where shown.product_id = products.id and shown.version = products.version);
