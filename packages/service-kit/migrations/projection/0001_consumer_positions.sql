-- The last number (outbox id) applied, per source, topic and partition: written in the transaction
-- that changes the projection, so that an event is applied once whatever is delivered again.
create table consumer_positions (
  source text not null,
  topic text not null,
  partition integer not null,
  last_sequence bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (source, topic, partition)
);
