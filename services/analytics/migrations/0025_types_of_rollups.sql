-- The counts of one type over time: a series tells few types apart of many. An entry is added with a row, not with a count.
create index activity_rollups_by_type on activity_rollups (type, bucket);
