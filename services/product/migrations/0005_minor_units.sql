-- Amounts in currencies of three and four decimals were hundredths as well; now they are thousandths and smaller.
create function finer_units(currency text) returns integer
  language sql immutable strict parallel safe
  return case
    when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 10
    when currency in ('CLF', 'UYW') then 100
    else 1
  end;

update order_items set unit_price_minor = unit_price_minor * finer_units(orders.currency)
from orders where orders.order_uid = order_items.order_uid and finer_units(orders.currency) > 1;

-- The consumers are told.
with changed as (
  update products set price_minor = least(price_minor * finer_units(currency), 1000000000000),
    version = version + 1, updated_at = now()
  where finer_units(currency) > 1
  returning id, version, sku, name, description, brand, category, price_minor, currency, stock, created_at, updated_at
)
insert into outbox (event_id, type, key, data)
select uuidv7(), 'product.updated.v1', id, json_build_object(
  'product_id', id, 'version', version, 'sku', sku, 'name', name, 'description', description, 'brand', brand,
  'category', category, 'price_minor', price_minor, 'currency', currency, 'stock', stock,
  'created_at', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'updated_at', to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
from changed;

drop function finer_units;
