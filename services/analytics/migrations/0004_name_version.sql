-- The version that a product's name is of: below that of its state once it is deleted. With it the newest name wins
-- in whichever order states arrive, a replayed one after its product's deletion as well.
alter table products add column name_version bigint not null default 0;
update products set name_version = case when deleted then version - 1 else version end where name is not null;
alter table products alter column name_version drop default;
