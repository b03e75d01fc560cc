-- The right of an event that was refused to be applied once after all, by whichever way it comes: sent again,
-- or read again by a build that takes it. Written in the transaction that moves the position past the event.
create table dead_letters (
  id text primary key,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  error_class text not null,
  refused_at timestamptz(3) not null default now(),
  -- When it was applied; a rebuild forgets this.
  settled_at timestamptz(3)
);

-- Counts the rebuilds. Whoever applies events compares it with what it was when it began to read.
create table projection_generation (
  only_row boolean primary key default true check (only_row),
  generation bigint not null default 1
);
insert into projection_generation default values;

-- Behind the last message dealt with. After a rebuild the offset that Kafka keeps is of the reading before.
alter table consumer_positions add column next_offset bigint;
