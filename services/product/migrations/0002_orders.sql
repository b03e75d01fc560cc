-- An order exactly as it came, and beside it what lists, steps and the comparison with a repeat need.
create table orders (
  order_uid text collate "C" primary key,
  customer_id text not null,
  track_number text not null,
  status text not null check (status in ('created', 'paid', 'shipped', 'delivered', 'cancelled')),
  version bigint not null,
  -- It asked for more than there was when it came.
  backordered boolean not null,
  amount bigint not null check (amount >= 0),
  currency char(3) not null,
  item_count integer not null check (item_count > 0),
  date_created timestamptz(3) not null,
  -- date_created, or the time of receipt where that is earlier: a wrong clock puts no order before all others.
  placed_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- SHA-256 of the document with its keys sorted: equal for two documents that say the same.
  digest bytea not null,
  document text not null
);

create index orders_newest on orders (placed_at, received_at, order_uid);
create index orders_customer on orders (customer_id, placed_at, received_at, order_uid);
create index orders_status on orders (status, placed_at, received_at, order_uid);

-- Personal data: it never leaves this schema but in the document itself.
create table order_deliveries (
  order_uid text collate "C" primary key references orders on delete cascade,
  name text not null,
  phone text not null,
  zip text not null,
  city text not null,
  address text not null,
  region text not null,
  email text not null
);

-- Amounts in whole units of the currency, as they come.
create table order_payments (
  order_uid text collate "C" primary key references orders on delete cascade,
  transaction text not null,
  request_id text not null,
  currency char(3) not null,
  provider text not null,
  amount bigint not null check (amount >= 0),
  payment_dt bigint not null,
  bank text not null,
  delivery_cost bigint not null check (delivery_cost >= 0),
  goods_total bigint not null check (goods_total >= 0),
  custom_fee bigint not null check (custom_fee >= 0)
);

create table order_items (
  order_uid text collate "C" not null references orders on delete cascade,
  -- The place of the item in its order, from 1.
  line integer not null,
  -- The product may have been deleted since.
  product_id uuid not null,
  sku text not null,
  quantity integer not null check (quantity > 0),
  unit_price_minor bigint not null check (unit_price_minor >= 0),
  -- What it took of a limited stock, and what that stock lacked; both 0 where the stock was unlimited.
  stock_taken integer not null check (stock_taken >= 0),
  backordered_quantity integer not null check (backordered_quantity >= 0),
  chrt_id bigint not null,
  track_number text not null,
  price bigint not null check (price >= 0),
  rid text not null,
  name text not null,
  sale bigint not null,
  size text not null,
  total_price bigint not null check (total_price >= 0),
  nm_id bigint not null,
  brand text not null,
  status bigint not null,
  primary key (order_uid, line),
  check (stock_taken + backordered_quantity in (0, quantity))
);
