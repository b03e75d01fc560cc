-- A topic may have keys of any form.
alter table outbox alter column key type text;
