-- The time that a client gave where another was taken, and whether that is the time of receipt. Older versions of the
-- service know of neither, and take no time but the given one.
alter table events add column given_at timestamptz(3), add column taken_at_receipt boolean not null default false;
