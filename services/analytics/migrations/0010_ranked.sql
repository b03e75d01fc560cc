-- Whether product_rankings is that of product_windows: then only products whose sums have grown can come in.
alter table ranking_windows add column ranked boolean not null default false;
