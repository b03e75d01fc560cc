insert into projection_tables (name) values
  ('users'), ('products'), ('product_rollups'), ('sales_rollups'), ('activity_rollups'), ('active_users'),
  ('user_activity'), ('user_products');
