-- What payment providers told, once each. It names nobody.
create table payment_messages (
  provider text not null,
  message_id text not null,
  order_uid text collate "C" not null references orders on delete cascade,
  kind text not null check (kind in ('succeeded', 'failed', 'refunded')),
  amount_minor bigint not null check (amount_minor >= 0),
  occurred_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  primary key (provider, message_id)
);

create index payment_messages_of_order on payment_messages (order_uid);

-- Finds the few orders of which something was taken back.
create index if not exists order_items_taken_back on order_items (order_uid)
  where cancelled_quantity + returned_quantity > 0;
