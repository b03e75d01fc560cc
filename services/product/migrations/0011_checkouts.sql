-- Orders that were made of carts.
create table checkouts (
  order_uid text collate "C" primary key references orders on delete cascade,
  user_id uuid not null,
  cart_version bigint not null,
  created_at timestamptz(3) not null,
  -- When its lines had left the cart, or the user was gone.
  cleared_at timestamptz(3)
);

-- Until its lines have left the cart, no further order is made of it.
create unique index checkouts_uncleared on checkouts (user_id) where cleared_at is null;

-- When an order that is not paid will be cancelled; null when nothing is waited for.
alter table orders add column pay_until timestamptz(3);
create index if not exists orders_unpaid on orders (pay_until) where pay_until is not null;
