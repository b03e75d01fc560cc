-- What orders have received beyond what is left of them, and since when.
create table refunds_due (
  order_uid text collate "C" primary key references orders on delete cascade,
  amount_minor bigint not null check (amount_minor > 0),
  since timestamptz(3) not null
);

create index refunds_due_since on refunds_due (since, order_uid);

-- Orders from before. A replica of the version before does not keep this table: what becomes due there is noted with the
-- next change of the order.
insert into refunds_due (order_uid, amount_minor, since)
select order_uid, received - kept, updated_at
from orders
  join (
    select order_uid, sum(case kind when 'succeeded' then amount_minor when 'refunded' then -amount_minor else 0 end)::bigint
      as received
    from payment_messages group by order_uid
  ) as told using (order_uid)
  cross join lateral (
    select sum((quantity - cancelled_quantity - returned_quantity) * unit_price_minor)::bigint as kept
    from order_items where order_items.order_uid = orders.order_uid
  ) as goods
where received > kept
on conflict do nothing;
