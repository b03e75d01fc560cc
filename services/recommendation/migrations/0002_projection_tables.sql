-- The settings are those that the scores were made with: they go with them.
insert into projection_tables (name) values ('products'), ('scoring');
