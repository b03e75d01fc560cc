-- A category in every order, also where what is cheap or late in the alphabet is all of one category. On a large table
-- an operator may build these beforehand, concurrently and under the same names.
create index if not exists products_category_price on products (category, price_minor, id);
create index if not exists products_category_name on products (category, name_key, id);
