-- Every filter of the list of events finds its rows by an index, however rare they are. On a large table an operator
-- may build these beforehand, concurrently and under the same names.
create index if not exists events_of_type on events (type, occurred_at, id);

-- The type comes last: it is compared within the index, without a look at the rows.
create index if not exists events_of_user_with_type on events (user_id, occurred_at, id, type);
drop index events_of_user;
