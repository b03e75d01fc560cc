-- Users that were deleted. An order of one of them that comes later is redacted before it is stored.
create table erased_customers (
  -- The user's id, in lower case.
  customer_id text collate "C" primary key,
  erased_at timestamptz(3) not null default now()
);

-- How often orders were redacted. A replica that keeps documents in memory drops them when this has changed.
create table order_redactions (
  only_row boolean primary key default true check (only_row),
  count bigint not null default 0
);
insert into order_redactions default values;

alter table orders add column redacted_at timestamptz(3);
create index orders_of_user on orders (lower(customer_id collate "C"), order_uid);
