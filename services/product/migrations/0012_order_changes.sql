-- What happened to an order since it came, in the order of its versions.
create table order_changes (
  order_uid text collate "C" not null references orders on delete cascade,
  version bigint not null,
  -- From then on.
  status text not null,
  happened_at timestamptz(3) not null,
  -- Whether pieces were taken back, and which: [{line, quantity}].
  taken_back text check (taken_back in ('cancelled', 'returned')),
  lines jsonb,
  -- A person's words: gone when the customer is erased.
  reason text,
  -- Whoever asked for it may have named it, so that asking again changes nothing.
  change_id uuid,
  primary key (order_uid, version)
);

create unique index order_changes_once on order_changes (order_uid, change_id) where change_id is not null;

alter table order_items
  add column cancelled_quantity integer not null default 0,
  add column returned_quantity integer not null default 0,
  -- Not valid: no row is read for it, and every row written from now on is held to it.
  add constraint order_items_taken_back check (
    cancelled_quantity >= 0 and returned_quantity >= 0 and cancelled_quantity + returned_quantity <= quantity) not valid;

update order_items set cancelled_quantity = quantity
from orders where orders.order_uid = order_items.order_uid and orders.status = 'cancelled';
