-- The tables that a rebuild empties, besides the positions: those made out of events alone. Whoever adds such a table
-- adds its name here, in the same migration.
create table projection_tables (name text primary key);

-- Positions from before this column: what they were moved by cannot be newer than the last time they were touched.
update consumer_positions set newest_time = updated_at where last_sequence > 0 and newest_time is null;
