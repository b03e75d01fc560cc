-- Facts: a row is never updated, and goes with its user.
create table events (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  type text not null,
  product_id uuid,
  quantity integer,
  unit_price_minor bigint,
  occurred_at timestamptz(3) not null,
  recorded_at timestamptz(3) not null,
  data jsonb
);

create index events_newest on events (occurred_at, id);
create index events_of_user on events (user_id, occurred_at, id);
