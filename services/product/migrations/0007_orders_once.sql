-- An order is kept once, in its document. Copies of deliveries, of payments and of most of an item were never read, and
-- each cost an index whose keys come in any order. Replicas of the version before take no orders from here on.
drop table order_deliveries, order_payments;
alter table order_items
  drop column chrt_id, drop column track_number, drop column price, drop column rid, drop column name, drop column sale,
  drop column size, drop column total_price, drop column nm_id, drop column brand, drop column status;

-- One index for the orders of a customer, whether they are listed or redacted. On a large table an operator may build it
-- beforehand, concurrently and under the same name.
create index if not exists orders_of_customer
  on orders (lower(customer_id collate "C"), placed_at, received_at, order_uid);
drop index orders_customer, orders_of_user;
