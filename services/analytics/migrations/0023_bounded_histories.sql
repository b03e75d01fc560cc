-- Null in the rows of an experiment that has long ended: its figures stay, and nothing is added to them any more.
alter table experiment_users alter column facts drop not null;
alter table experiments add column is_closed boolean not null default false;
