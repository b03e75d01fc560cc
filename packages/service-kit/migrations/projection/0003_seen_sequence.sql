-- The highest number applied before the tables were last cleared: up to it, what is applied now is a replay.
alter table consumer_positions add column seen_sequence bigint not null default 0;
