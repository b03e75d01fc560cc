-- The number of the first event that the tables were made from; null where it was before this column. A topic that
-- begins with a higher one has lost events, and the tables could not be made again.
alter table consumer_positions add column first_sequence bigint;
