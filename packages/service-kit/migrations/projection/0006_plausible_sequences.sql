-- The time of the newest event that moved the position: what was applied before cannot be newer. An event with a number
-- up to last_sequence and a later time was never applied; it is refused, not passed over.
alter table consumer_positions add column newest_time timestamptz(3);
-- The highest number that an operator has vouched for by sending the event again. What is a little above the highest
-- number known of a source is plausible.
alter table consumer_positions add column accepted_sequence bigint not null default 0;
