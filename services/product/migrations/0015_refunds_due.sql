-- What orders have received beyond what is left of them, and since when.
create table refunds_due (
  order_uid text collate "C" primary key references orders on delete cascade,
  amount_minor bigint not null check (amount_minor > 0),
  since timestamptz(3) not null
);

create index refunds_due_since on refunds_due (since, order_uid);

-- Orders from before, except those that still owe a delivery cost or a fee, whose minor units SQL does not know: these are
-- noted with their next change. So is what becomes due at a replica of the version before, which does not keep this table.
insert into refunds_due (order_uid, amount_minor, since)
select order_uid, received - kept, updated_at
from orders
  join (
    select order_uid, sum(case kind when 'succeeded' then amount_minor when 'refunded' then -amount_minor else 0 end)::bigint
      as received
    from payment_messages group by order_uid
  ) as told using (order_uid)
  cross join lateral (
    select sum((quantity - cancelled_quantity - returned_quantity) * unit_price_minor)::bigint as kept,
      sum(quantity - cancelled_quantity - returned_quantity)::bigint as pieces
    from order_items where order_items.order_uid = orders.order_uid
  ) as goods
where received > kept
  and (pieces = 0 or (document::json #>> '{payment,delivery_cost}')::numeric
    + (document::json #>> '{payment,custom_fee}')::numeric = 0)
on conflict do nothing;
