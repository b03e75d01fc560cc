-- What users who take part in an experiment were shown and did; the figures of each follow from its facts alone.
create table experiment_users (
  user_id uuid not null,
  experiment text not null,
  variant text not null,
  -- [kind, milliseconds, product, line] (experiments/fact.ts), the first ones of each kind.
  facts json not null default '[]',
  users integer not null default 0,
  clicks integer not null default 0,
  clicking_users integer not null default 0,
  purchases integer not null default 0,
  purchasing_users integer not null default 0,
  primary key (user_id, experiment)
) with (fillfactor = 80);

-- The sums of them by variant.
create table experiment_variants (
  experiment text not null,
  variant text not null,
  users bigint not null,
  clicks bigint not null,
  clicking_users bigint not null,
  purchases bigint not null,
  purchasing_users bigint not null,
  primary key (experiment, variant)
) with (fillfactor = 50);

-- The settings that the rows were made with.
create table experiments (
  name text primary key,
  settings jsonb not null,
  ends_at timestamptz(3)
);

insert into projection_tables (name) values ('experiment_users'), ('experiment_variants'), ('experiments');
